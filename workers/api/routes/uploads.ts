/** tus 1.0.0. @see https://tus.io/protocols/resumable-upload */
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { MAX_SOURCE_BYTES } from '#core/ingest/limits.ts';
import {
  parseByteCount,
  parseUploadMetadata,
  readUploadTarget,
  TUS_BODY_TYPE,
  TUS_CHECKSUMS,
  TUS_EXTENSIONS,
  TUS_VERSION,
  type UploadTarget,
} from '#core/ingest/tus.ts';
import { fromBase64 } from '#shared/encoding.ts';
import { ProblemError, problemResponse } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import { deleteUpload, expiryOf, findUpload, insertUpload, listUploads, type UploadRecord } from '../db/uploads.ts';
import { validate } from '../http/body.ts';
import { iso, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { dropStored } from '../ingest/finish-upload.ts';
import { receivePatch } from '../ingest/receive-patch.ts';
import { MAX_UPLOADS_LISTED } from '../limits.ts';

export const uploadRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

/** Every answer says which tus it is; a request in another is refused, where it must say so itself. */
const speaksTus = createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
  const asked = c.req.header('Tus-Resumable');
  if (asked !== TUS_VERSION && (asked !== undefined || c.req.method !== 'GET')) {
    const detail = `Send Tus-Resumable: ${TUS_VERSION}.`;
    const headers = { 'Tus-Version': TUS_VERSION, 'Tus-Resumable': TUS_VERSION };
    return problemResponse({ code: 'tus-version-unsupported', detail }, headers);
  }
  await next();
  c.header('Tus-Resumable', TUS_VERSION);
  return undefined;
});

/** Before the key is asked for: a client asks this before it has one, and says no version of its own. */
uploadRoutes.options('/', (c) =>
  c.body(null, 204, {
    'Tus-Resumable': TUS_VERSION,
    'Tus-Version': TUS_VERSION,
    'Tus-Extension': TUS_EXTENSIONS,
    'Tus-Checksum-Algorithm': TUS_CHECKSUMS,
    'Tus-Max-Size': String(MAX_SOURCE_BYTES),
  }),
);

uploadRoutes.use(requireScope('ingest'), speaksTus);

uploadRoutes.post('/', async (c) => {
  const lengthBytes = readLength(c);
  const target = readTarget(c);
  const { db, nowMs, env } = { ...c.var, env: c.env };
  const episodeId = await findTarget(c, target);
  const jobId = makeId('job', nowMs);
  const sourceKey = `s/${episodeId}/${jobId}`;
  const { uploadId: multipartId } = await env.MEDIA.createMultipartUpload(sourceKey);
  const created = await insertUpload(db, {
    id: makeId('upl', nowMs),
    kind: 'tus',
    state: 'open',
    ...{ episodeId, jobId, sourceKey, multipartId, lengthBytes, etags: [] },
    ...{ filename: target.filename, filetype: target.filetype, declaredSha256: target.sha256 },
    ...{ expiresAt: expiryOf(nowMs, nowMs), createdAt: nowMs, updatedAt: nowMs },
  });
  const isWithBody = (c.req.header('Content-Type') ?? '').startsWith(TUS_BODY_TYPE);
  const upload = isWithBody ? await receivePatch(c, created.id, 0) : created;
  return c.json(uploadToWire(upload), 201, { Location: `/v1/uploads/${upload.id}`, ...standing(upload) });
});

uploadRoutes.get('/', async (c) => {
  const query = { episode: c.req.query('episode'), sha256: c.req.query('sha256')?.toLowerCase() };
  const { episode, sha256 = null } = validate(uploadQuery, query);
  const { db, nowMs } = c.var;
  const rows = await listUploads(db, { episodeId: episode, sha256, nowMs, limit: MAX_UPLOADS_LISTED });
  return c.json({ items: rows.map(uploadToWire) });
});

export const uploadQuery = z.object({
  episode: z.string().regex(ID_PATTERN, 'an episode’s id'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits')
    .optional(),
});

/** HEAD is this without its body: it says how much is durable. */
uploadRoutes.get('/:upload', async (c) => {
  const upload = await requireUpload(c);
  return c.json(uploadToWire(upload), 200, {
    'Cache-Control': 'no-store',
    ...(upload.lengthBytes === null ? {} : { 'Upload-Length': String(upload.lengthBytes) }),
    ...standing(upload),
  });
});

uploadRoutes.patch('/:upload', async (c) => {
  if (c.req.header('Content-Type') !== TUS_BODY_TYPE)
    throw new ProblemError({ code: 'unsupported-media-type', detail: `Send Content-Type: ${TUS_BODY_TYPE}.` });
  const offsetBytes = parseByteCount(c.req.header('Upload-Offset'));
  if (offsetBytes === null)
    throw new ProblemError({ code: 'invalid-request', detail: 'Upload-Offset must be a count of bytes.' });
  const upload = await receivePatch(c, (await requireUpload(c)).id, offsetBytes);
  return c.body(null, 204, standing(upload));
});

uploadRoutes.delete('/:upload', async (c) => {
  const upload = await requireUpload(c);
  const { db, nowMs } = c.var;
  if (upload.state === 'finished')
    throw new ProblemError({ code: 'conflict', detail: `The upload is whole and became ${upload.jobId}.` });
  if (!(await deleteUpload(db, upload.id, nowMs)))
    throw new ProblemError({ code: 'upload-locked', detail: 'End the request that writes to it first.' });
  await dropStored({ db, media: c.env.MEDIA }, upload);
  return c.body(null, 204);
});

function readLength(c: ApiContext): number {
  const lengthBytes = parseByteCount(c.req.header('Upload-Length'));
  if (lengthBytes === null || lengthBytes === 0) {
    const detail = 'Upload-Length must be the size of the file, which is not empty.';
    throw new ProblemError({ code: 'invalid-request', detail });
  }
  if (lengthBytes > MAX_SOURCE_BYTES)
    throw new ProblemError({ code: 'source-too-large', detail: `A source has at most ${MAX_SOURCE_BYTES} bytes.` });
  return lengthBytes;
}

function readTarget(c: ApiContext): UploadTarget {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const header = c.req.header('Upload-Metadata') ?? '';
  const metadata = parseUploadMetadata(header, (base64) => decoder.decode(fromBase64(base64)));
  const target = metadata.ok ? readUploadTarget(metadata.value) : metadata;
  if (!target.ok) throw new ProblemError({ code: 'invalid-request', detail: target.error });
  return target.value;
}

async function findTarget(c: ApiContext, { episodeId, series, number }: UploadTarget): Promise<string> {
  const { db } = c.var;
  if (episodeId !== null) {
    if (await catalog.findEpisode(db, episodeId)) return episodeId;
    throw new ProblemError({ code: 'episode-not-found' });
  }
  const row = await catalog.findSeries(db, series ?? '');
  if (!row) throw new ProblemError({ code: 'series-not-found' });
  const found = await catalog.findEpisodeByNumber(db, row.id, number ?? 0);
  if (found === undefined) throw new ProblemError({ code: 'episode-not-found' });
  return found;
}

async function requireUpload(c: ApiContext): Promise<UploadRecord> {
  const upload = await findUpload(c.var.db, c.req.param('upload') ?? '');
  if (!upload || upload.kind !== 'tus') throw new ProblemError({ code: 'upload-not-found' });
  if (upload.state === 'failed') {
    const detail =
      'It was not the file that was announced, or parts of it were lost; it was dropped. Begin a new upload.';
    throw new ProblemError({ code: 'upload-expired', detail });
  }
  if (upload.expiresAt <= c.var.nowMs) throw new ProblemError({ code: 'upload-expired' });
  return upload;
}

/** RFC 9110's date is what tus asks for in Upload-Expires. */
function standing({ offsetBytes, expiresAt, state }: UploadRecord): Record<string, string> {
  return {
    'Upload-Offset': String(offsetBytes),
    ...(state === 'open' ? { 'Upload-Expires': new Date(expiresAt).toUTCString() } : {}),
  };
}

export function uploadToWire(upload: UploadRecord) {
  const { id, episodeId, state, offsetBytes, filename, filetype, declaredSha256 } = upload;
  return {
    ...{ id, episodeId, state, offsetBytes, filename, filetype },
    lengthBytes: upload.lengthBytes ?? 0,
    sha256: declaredSha256,
    /** It is there once the upload is finished. */
    jobId: state === 'finished' ? upload.jobId : null,
    createdAt: iso(upload.createdAt),
    expiresAt: iso(upload.expiresAt),
  };
}
