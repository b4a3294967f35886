import { contentTypeOf } from '#core/foreign-hls/media-types.ts';
import type { ImportedObject } from '#core/foreign-hls/object-map.ts';
import { parseByteRange, type ByteRange } from '#core/http/byte-range.ts';
import type { Problem } from '#core/problem/codes.ts';
import { storageKey, type MediaPath } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { sliceStream } from './byte-slice.ts';
import { IMMUTABLE } from './limits.ts';
import { openStore, type StoredObject } from './media-store.ts';
import { cacheApi, workersCache, type CachedObject, type OpenedObject } from './segment-cache.ts';

/**
 * Serves one stored object: cache, then R2. It is looked up only after the pass was checked, under a name that every
 * viewer shares. `at` says where the bytes of imported HLS are.
 */
export async function serveObject(
  request: Request,
  env: PlaybackEnv,
  path: MediaPath,
  ctx: ExecutionContext,
  at: ImportedObject | null = null,
): Promise<Response> {
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  const key = storageKey(path);
  const object = { method, key, at, contentType: contentTypeOf(key) } as const;
  const opened = await openObject({ request, env, ctx }, object);
  return opened ? finish(request, opened, ctx) : missing(at);
}

export interface MediaPlace {
  readonly request: Request;
  readonly env: PlaybackEnv;
  readonly ctx: ExecutionContext;
}

/** The whole object, or its head, by way of the cache; null when it is not stored. */
export function openObject({ request, env, ctx }: MediaPlace, object: CachedObject): Promise<OpenedObject | null> {
  const cache = env.SEGMENT_CACHE === 'workers-cache' ? workersCache(ctx.exports.CachedMedia) : cacheApi(request, ctx);
  return cache.open(object, (wanted) => loadObject(env.MEDIA, wanted));
}

/** The whole object with 200, or its head; null when it is not stored. */
export async function loadObject(media: R2Bucket, object: CachedObject): Promise<Response | null> {
  const store = openStore(media, object.key, object.at);
  if (object.method === 'HEAD') {
    const head = await readBinding('media', () => store.head());
    return head && new Response(null, { headers: objectHeaders(head, object.contentType) });
  }
  const stored = await readBinding('media', () => store.get());
  return stored && new Response(stored.body, { headers: objectHeaders(stored, object.contentType) });
}

/**
 * Turns the whole object into what was asked for: of one that is in the cache a part costs no read of the bucket, and the
 * next viewer of one that is not finds it there. CORS is added later, never stored.
 *
 * @see RFC 9110 13.2.2 (If-Match, If-None-Match, then If-Range, then Range)
 */
async function finish(request: Request, { response, isHit }: OpenedObject, ctx: ExecutionContext): Promise<Response> {
  const { body } = response;
  const headers = new Headers(response.headers);
  headers.set('Cache-Status', `cliffhanger; ${isHit ? 'hit' : 'fwd=miss'}`);
  const etag = headers.get('ETag') ?? '';
  if (isAnother(request, etag)) {
    await body?.cancel();
    return problemResponse(ANOTHER_FILE);
  }
  if (isUnchanged(request, etag)) {
    await body?.cancel();
    return new Response(null, { status: 304, headers });
  }
  if (request.method === 'HEAD') {
    await body?.cancel();
    return new Response(null, { status: 200, headers });
  }
  const size = Number(headers.get('Content-Length'));
  const range = rangeOf(request, etag, size);
  if (range.kind === 'ignored' || body === null) return new Response(body, { status: 200, headers });
  if (range.kind === 'unsatisfiable') {
    await body.cancel();
    const detail = `The object has ${size} bytes.`;
    return problemResponse({ code: 'range-not-satisfiable', detail }, { 'Content-Range': `bytes */${size}` });
  }
  headers.set('Content-Length', String(range.last - range.first + 1));
  headers.set('Content-Range', `bytes ${range.first}-${range.last}/${size}`);
  const isWhole = range.first === 0 && range.last === size - 1;
  return new Response(isWhole ? body : sliceStream(body, range, ctx), { status: 206, headers });
}

/** Of a GET: Range is for nothing else (RFC 9110 14.2). */
function rangeOf({ headers }: Request, etag: string, sizeBytes: number): ByteRange {
  const header = headers.get('Range');
  const ifRange = headers.get('If-Range');
  if (header === null || (ifRange !== null && ifRange !== etag)) return { kind: 'ignored' };
  // A cache that does not say how long it is.
  if (sizeBytes === 0) return { kind: 'ignored' };
  return parseByteRange(header, sizeBytes);
}

/** A player that goes on with a file it has a part of. @see RFC 9110 13.1.1 (If-Match compares strongly) */
function isAnother(request: Request, etag: string): boolean {
  const header = request.headers.get('If-Match');
  if (header === null || header.trim() === '*') return false;
  return !header.split(',').some((tag) => tag.trim() === etag);
}

const ANOTHER_FILE: Problem = { code: 'precondition-failed' };

/** @see RFC 9110 13.1.2 (If-None-Match compares weakly) */
function isUnchanged(request: Request, etag: string): boolean {
  const header = request.headers.get('If-None-Match');
  if (header === null || etag === '') return false;
  return (
    header.trim() === '*' ||
    header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))
  );
}

function objectHeaders(object: StoredObject, type: string): Headers {
  return new Headers({
    'Content-Type': type,
    'Content-Length': String(object.size),
    'Cache-Control': IMMUTABLE,
    ETag: object.httpEtag,
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  });
}

export const GONE: Problem = {
  code: 'not-found',
  detail: 'This version is no longer stored. Ask for the playlist again.',
};

function missing(at: ImportedObject | null): Response {
  const detail = 'The imported file is gone or was replaced since the import. Import the episode again.';
  return problemResponse(at === null ? GONE : { code: 'not-found', detail });
}
