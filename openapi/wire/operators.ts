import { z } from 'zod';
import type { EventReceipt, LeasedJob, UploadGrant } from '#core/ingest/transcoder-protocol.ts';
import { WEBHOOK_EVENT_TYPES } from '#core/webhooks/events.ts';
import { SCOPES } from '#shared/http/api-key.ts';
import type { AdViewReply } from '#shared/viewer/free-ways-rpc.ts';
import { alertInput } from '../../workers/api/routes/alerts.ts';
import { named } from '../names.ts';
import { count, id, pageOf, seconds, text, time } from './scalars.ts';

const keyId = text(64).describe('`root` is the deployment’s first key.');

const apiKeyFields = {
  id,
  label: text(100),
  scopes: z.array(z.enum(SCOPES)).max(SCOPES.length),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
  previousUntil: time.nullable().describe('Until when the key before the last rotation still opens.'),
};
export const apiKeyPage = pageOf('ApiKeyPage', named('ApiKey', z.object(apiKeyFields)));
export const apiKeyShown = named('ShownApiKey', z.object({ ...apiKeyFields, key: text(100).describe('Shown once.') }));

export const consoleSession = named(
  'ConsoleSession',
  z.object({
    apiKeyId: keyId,
    label: text(100).nullable(),
    scopes: z.array(z.enum(SCOPES)).max(SCOPES.length),
    expiresAt: time.nullable().describe('null where an API key asked.'),
  }),
);

/** A JWK: what members it has follows from its kind. @see RFC 7517 4 */
const part = text(2_048).optional();
const jwk = named(
  'Jwk',
  z.object({
    kty: text(16),
    kid: text(256).optional(),
    alg: text(16).optional(),
    use: text(16).optional(),
    crv: text(16).optional(),
    x: part,
    y: part,
    n: part,
    e: part,
    d: part.describe('Of a private key.'),
  }),
);
export const jwks = named('Jwks', z.object({ keys: z.array(jwk).max(16) }));

export const signingKey = named(
  'SigningKey',
  z.object({
    kid: text(256),
    alg: text(16),
    managed: z.boolean().describe('Ours, for `POST /v1/viewer-tokens`.'),
    sourceId: id.nullable(),
    jwk,
    createdAt: time,
    retireAt: time.nullable(),
    token: z
      .object({
        alg: text(16),
        kid: text(256),
        typ: text(40),
        aud: text(100),
        requiredClaims: z.array(text(16)).max(10),
        maxTtlSeconds: seconds,
      })
      .describe('What your tokens must say.'),
    privateJwk: jwk.describe('Of a pair that was made now; shown once.').exactOptional(),
  }),
);

const keySource = named(
  'KeySource',
  z.object({
    id,
    jwksUrl: text(2_048),
    createdAt: time,
    askedAt: time,
    fetchedAt: time.nullable(),
    failure: text(1_000).nullable(),
  }),
);
const sourceRegistered = named(
  'KeySourceRegistered',
  z.object({
    source: keySource,
    keys: z.array(signingKey).max(16),
    leftOut: z.array(z.object({ kid: text(64).nullable(), reason: text(500) })).max(1_000),
  }),
);
export const signingKeyMade = named('SigningKeyMade', z.union([signingKey, sourceRegistered]));
export const signingKeyList = named(
  'SigningKeyList',
  z.object({ items: z.array(signingKey).max(16), sources: z.array(keySource).max(16), nextCursor: z.null() }),
);

export const auditPage = pageOf(
  'AuditLogPage',
  named(
    'AuditLogEntry',
    z.object({
      id,
      apiKeyId: keyId,
      route: text(200),
      target: text(300),
      status: count,
      requestId: text(100),
      at: time,
    }),
  ),
);

const endpointFields = {
  id,
  url: text(2_048),
  description: text(200).nullable(),
  events: z.array(z.enum(WEBHOOK_EVENT_TYPES)).max(WEBHOOK_EVENT_TYPES.length),
  enabled: z.boolean(),
  disabledAt: time.exactOptional(),
  disabledReason: text(1_000).nullable().exactOptional(),
  previousUntil: time.nullable().describe('Until when the secret before the last rotation still signs, too.'),
  createdAt: time,
  updatedAt: time,
};
export const endpoint = named('WebhookEndpoint', z.object(endpointFields));
export const endpointPage = pageOf('WebhookEndpointPage', endpoint);
export const endpointShown = named(
  'ShownWebhookEndpoint',
  z.object({ ...endpointFields, secret: text(100).describe('Shown once.') }),
);
export const webhookTried = named(
  'WebhookTried',
  z.object({ webhookId: id, delivered: z.boolean(), status: count.nullable(), failure: text(1_000).nullable() }),
);
export const webhookEvent = named(
  'WebhookEvent',
  z.object({
    id,
    type: text(64),
    createdAt: time,
    data: z.looseObject({}).describe('As the receiver gets it.'),
    deliveries: z
      .array(
        z.object({
          endpointId: id,
          state: z.enum(['pending', 'delivered', 'failed']),
          attempts: count,
          lastAttemptAt: time.nullable(),
          lastStatus: count.nullable(),
          lastFailure: text(1_000).nullable(),
          nextAttemptAt: time.nullable(),
        }),
      )
      .max(100),
  }),
);
export const webhookEventPage = pageOf('WebhookEventPage', webhookEvent);

export const leasedJob = named(
  'LeasedJob',
  z.object({
    jobId: id,
    attempt: count,
    fence: text(64),
    episodeId: id,
    leaseSeconds: seconds,
    source: z.object({ url: text(4_096), sizeBytes: count }),
    cutPointsSeconds: z.array(seconds).max(16),
    contentKey: z.object({ scheme: z.enum(['aes-128', 'cbcs']), keyId: text(32), key: text(32) }).nullable(),
    settings: z.object({
      landscape: z.enum(['crop', 'blur-pad', 'refuse']),
      av1: z.boolean(),
      publishPlayable: z.boolean(),
      mainLanguage: text(35).nullable().describe('BCP 47; null: the track that the file marks as default.'),
    }),
  }),
) satisfies z.ZodType<LeasedJob>;
export const uploadGrant = named(
  'UploadGrant',
  z.object({
    uploads: z
      .array(
        z.object({
          path: text(64),
          url: text(4_096),
          headers: z.record(text(100), text(100)).meta({ maxProperties: 10 }),
        }),
      )
      .max(200),
  }),
) satisfies z.ZodType<UploadGrant>;
export const eventReceipt = named(
  'EventReceipt',
  z.object({ outcome: z.enum(['accepted', 'duplicate', 'stale']), leaseSeconds: seconds }),
) satisfies z.ZodType<EventReceipt>;

export const adCallbackAnswer = named(
  'AdCallbackAnswer',
  z.union([
    z.object({ outcome: z.literal('counted'), unlocked: z.boolean() }),
    z.object({ outcome: z.literal('duplicate') }),
    z.object({
      outcome: z.literal('ignored'),
      reason: z.enum([
        'intent-used',
        'intent-expired',
        'intent-unknown',
        'another-network',
        'already-unlocked',
        'daily-cap',
        'no-custom-data',
        'viewer-erased',
      ]),
    }),
  ]),
) satisfies z.ZodType<AdViewReply | { outcome: 'ignored'; reason: 'no-custom-data' | 'viewer-erased' }>;

/** null: of all series together. */
const alertScope = z.union([z.object({ episodeId: id }), z.object({ seriesId: id })]).nullable();
export const alert = named(
  'Alert',
  z.object({
    id,
    name: text(100),
    scope: alertScope,
    metric: named('MetricName', alertInput.shape.metric),
    comparison: z.enum(['above', 'below']),
    threshold: z.number(),
    minViews: count,
    windowMinutes: count,
    coolDownMinutes: count,
    enabled: z.boolean(),
    state: z.enum(['ok', 'firing']),
    firingSince: time.nullable(),
    lastFiredAt: time.nullable(),
    lastValue: z.number().nullable().describe('As it was told last.'),
    lastViews: count.nullable(),
    createdAt: time,
    updatedAt: time.describe('Of the rule.'),
  }),
);
export const alertPage = pageOf('AlertPage', alert);
