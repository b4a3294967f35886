/** The parts of the document that no operation owns. */
import { ID_PATTERN } from '#core/id.ts';
import { MAX_SOURCE_BYTES } from '#core/ingest/limits.ts';
import { TUS_VERSION } from '#core/ingest/tus.ts';
import { IDEMPOTENCY_KEY_PATTERN } from '#core/ledger/limits.ts';
import { PROBLEMS } from '#core/problem/codes.ts';
import { STORES } from '#core/stores/purchase.ts';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import type { JsonSchema } from './convert.ts';
import type { Auth } from './operation.ts';

export const INFO = {
  info: {
    title: 'Cliffhanger',
    version: '1',
    summary: 'Delivery of micro-drama: ingest, entitlement, coins, playback, retention.',
    description: [
      'JSON in and out. Times are ISO 8601, UTC; units stand last in names. Lists answer `{ items, nextCursor }` and take `?cursor=&limit=`.',
      'Errors are `application/problem+json` (RFC 9457). `code` is stable; `type` is the path of a page about it.',
      'A `POST` under an `Idempotency-Key` may be repeated: the first answer comes again, with `Idempotent-Replayed: true`.',
      'What a backend reads has an `ETag`, and 304 for an `If-None-Match` that has it. A write that lists `If-Match` is 412 where that names another version; any other refuses an `If-Match` with `invalid-request`, and writes nothing.',
      'A client must accept members that this document does not name: more may come.',
    ].join('\n\n'),
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    contact: { name: 'The operator of this deployment' },
  },
  servers: [
    {
      url: '/',
      description: 'Where this document was read: a production deployment, or a local one under `npm start`.',
      'x-internal': false,
    },
  ],
};

export const TAGS: readonly JsonSchema[] = [
  { name: 'Series', description: 'Series, their groups, policies and graph.' },
  { name: 'Episodes', description: 'From draft to published.' },
  { name: 'Ingest', description: 'How video comes in.' },
  { name: 'Drops', description: 'Many changes at once, or none.' },
  { name: 'Viewers', description: 'What a backend asks and orders for a viewer: decisions, coins, grants.' },
  { name: 'Coins', description: 'Quotes, refunds, chargebacks, corrections, guests that become viewers.' },
  { name: 'Stores', description: 'Coins and passes that the App Store and Google Play sell.' },
  { name: 'Playback', description: 'What players call, with a viewer token.' },
  { name: 'The viewer’s own', description: 'What a player may do for its viewer, with the viewer token.' },
  { name: 'Media', description: 'Playlists and segments under a media pass: the path itself is signed.' },
  {
    name: 'Analytics',
    description: 'Beacons in; retention, causes, quality and money out. A formula for each number: docs/metrics.md.',
  },
  { name: 'Alerts', description: 'Being told when a number is not what it should be.' },
  { name: 'Keys', description: 'API keys, signing keys, the audit log.' },
  { name: 'Webhooks', description: 'Being told, signed as Standard Webhooks prescribes.' },
  { name: 'Console', description: 'How the operator’s page signs in.' },
  { name: 'Ad networks', description: 'Server-side verification of rewarded ads.' },
  { name: 'Transcoder', description: 'The transcoder’s own calls.' },
  { name: 'System', description: 'Health, and the guests of `npm start`.' },
];

export const SECURITY_SCHEMES: Record<string, JsonSchema> = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'sk_…',
    description: 'Of operators and backends. The role named at a call is the scope that the key needs.',
  },
  consoleSession: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-cliffhanger',
    description:
      'Of the console, for 12 h. It opens what the API key that it was made with opens, on every call that takes one, to requests of the same origin; a write also says `Cliffhanger-Console: 1`.',
  },
  viewerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Of a viewer: `typ: playback+jwt`, signed by your backend or by us; verified as RFC8725 asks.',
  },
  viewerTokenInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'The same token, for players that can set no header.',
  },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: 'Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` over the body.',
  },
};

export function securityOf(auth: Auth): JsonSchema[] {
  if (typeof auth === 'object') return [{ apiKey: [auth.scope] }];
  switch (auth) {
    case 'viewer':
      return [{ viewerToken: [] }, { viewerTokenInQuery: [] }];
    case 'console':
      return [{ consoleSession: [] }, { apiKey: [] }];
    case 'webhook':
      return [{ webhookSignature: [] }];
    case 'pass':
    case 'signature':
    case 'none':
      return [];
  }
}

const id = { type: 'string', maxLength: 31, pattern: ID_PATTERN.source };
const inPath = (name: string, description: string, schema: JsonSchema = id): JsonSchema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});
const inHeader = (name: string, required: boolean, description: string, schema: JsonSchema): JsonSchema => ({
  name,
  in: 'header',
  required,
  description,
  schema,
});
const segment = (maxLength: number): JsonSchema => ({ type: 'string', maxLength, pattern: '^[A-Za-z0-9._~-]+$' });
const idempotencyKey = { type: 'string', maxLength: 128, pattern: IDEMPOTENCY_KEY_PATTERN.source };
const sourceBytes = { type: 'integer', format: 'int64', minimum: 0, maximum: MAX_SOURCE_BYTES };
const entityTags = { type: 'string', maxLength: 1_000 };

export const PARAMETERS: Record<string, JsonSchema> = {
  series: inPath('series', 'Id or slug.', segment(80)),
  image: inPath('image', 'Which one.', { type: 'string', enum: ['poster.jpg', 'storyboard.jpg'] }),
  season: inPath('season', 'Id.'),
  arc: inPath('arc', 'Id.'),
  episode: inPath('episode', 'Id.'),
  language: inPath('language', 'BCP 47.', segment(35)),
  drop: inPath('drop', 'Id.'),
  job: inPath('job', 'Id.'),
  viewerId: inPath('viewerId', 'Your name for the viewer.', {
    type: 'string',
    maxLength: 64,
    pattern: VIEWER_ID_PATTERN.source,
  }),
  grant: inPath('grant', 'Id.'),
  adjustment: inPath('adjustment', 'Id.'),
  device: inPath('device', 'Your name for the device.', { type: 'string', maxLength: 128 }),
  kid: inPath('kid', 'The key’s `kid`.', { type: 'string', maxLength: 256 }),
  source: inPath('source', 'Id.'),
  key: inPath('key', 'Id.'),
  endpoint: inPath('endpoint', 'Id.'),
  event: inPath('event', 'Id.'),
  alert: inPath('alert', 'Id.'),
  store: inPath('store', 'The store that sells it.', { type: 'string', enum: [...STORES] }),
  productId: inPath('productId', 'The store’s name for the product.', segment(100)),
  purchase: inPath('purchase', 'Id.'),
  network: inPath('network', 'As in `AD_CALLBACK_SECRETS`.', segment(32)),
  pass: inPath('pass', 'The media pass. Take URLs from playlists and feeds; do not build them.', segment(100)),
  asset: inPath('asset', 'Id.'),
  version: inPath('version', 'Id.'),
  rendition: inPath('rendition', '`v0` is the lowest.', segment(2)),
  file: inPath('file', '`init.mp4`, or `{n}.m4s`.', segment(32)),
  sealed: inPath('sealed', 'The content key, sealed.', segment(80)),
  'Idempotency-Key': inHeader(
    'Idempotency-Key',
    true,
    'The same for every retry of one operation, e.g. a UUID.',
    idempotencyKey,
  ),
  'Idempotency-Key-optional': inHeader(
    'Idempotency-Key',
    false,
    'Remembered for 24 h: the same for every retry of one operation.',
    idempotencyKey,
  ),
  upload: inPath('upload', 'Id.'),
  'Tus-Resumable': inHeader('Tus-Resumable', true, 'The version of tus.', { const: TUS_VERSION }),
  'Upload-Length': inHeader('Upload-Length', true, 'Bytes of the whole file.', sourceBytes),
  'Upload-Offset': inHeader('Upload-Offset', true, 'The byte at which this body begins.', sourceBytes),
  'Upload-Metadata': inHeader(
    'Upload-Metadata',
    true,
    'Pairs of key and base64: `episodeId`, or `series` and `number`; `filename`, `filetype`; `sha256`, in hex, of the whole file.',
    { type: 'string', maxLength: 4_096 },
  ),
  'Upload-Checksum': inHeader('Upload-Checksum', false, '`sha256` or `sha1` of this body, and base64.', {
    type: 'string',
    maxLength: 100,
  }),
  'If-Match': inHeader('If-Match', false, 'The ETag of what was read: 412 where it has changed since.', entityTags),
  'If-None-Match': inHeader('If-None-Match', false, 'The ETag that is known: 304 where it still holds.', entityTags),
};

const text = (maxLength: number): JsonSchema => ({ type: 'string', maxLength });

export const HEADERS: Record<string, JsonSchema> = {
  ETag: { description: 'Of this representation; strong.', schema: text(100) },
  Location: { description: 'The path of what was made.', schema: text(300) },
  'Set-Cookie': { description: 'The session, for this host only.', schema: text(400) },
  'Idempotent-Replayed': {
    description: '`true`: this is the answer of an earlier request.',
    schema: { const: 'true' },
  },
  'Upload-Offset': { description: 'How many bytes are durable.', schema: sourceBytes },
  'Upload-Length': { description: 'Bytes of the whole file.', schema: sourceBytes },
  'Upload-Expires': { description: 'When it is dropped if nothing more comes.', schema: text(40) },
  'Tus-Extension': { description: 'What of tus is spoken here.', schema: text(200) },
  'Server-Timing': { description: 'What was waited for, in ms.', schema: text(500) },
  'Retry-After': {
    description: 'Seconds to wait.',
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 86_400 },
  },
};

export const PROBLEM_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'RFC 9457. Some codes bring members of their own: their pages tell which.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { ...text(100), description: 'The path of the code’s page.' },
    title: text(200),
    status: { type: 'integer', format: 'int32', minimum: 400, maximum: 599 },
    code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'Stable.' },
    detail: { ...text(4_000), description: 'What happened this time.' },
  },
};
