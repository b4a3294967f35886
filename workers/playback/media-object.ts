import { contentTypeOf } from '#core/foreign-hls/media-types.ts';
import type { ImportedObject } from '#core/foreign-hls/object-map.ts';
import { parseByteRange } from '#core/http/byte-range.ts';
import type { Problem } from '#core/problem/codes.ts';
import { storageKey, type MediaPath } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { problemResponse } from '#shared/http/problem.ts';
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
  // Range is for GET only (RFC 9110 14.2).
  const range = method === 'GET' ? request.headers.get('Range') : null;
  const wantsWhole = range === null || (range.trim() === 'bytes=0-' && !request.headers.has('If-Range'));
  if (!wantsWhole) return rangeFromBucket(request, env.MEDIA, object, range);
  const opened = await openObject({ request, env, ctx }, object);
  return opened ? finish(request, opened.response, range, opened.isHit) : missing(at);
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
 * A part of an object comes from R2 and does not fill the cache: only whole objects are stored. The range is parsed
 * here, because R2 answers an unsatisfiable one with everything (platform.md 3).
 *
 * @see RFC 9110 13.2.2 (If-Match, If-None-Match, then If-Range, then Range)
 */
async function rangeFromBucket(
  request: Request,
  media: R2Bucket,
  object: CachedObject,
  header: string,
): Promise<Response> {
  const store = openStore(media, object.key, object.at);
  const head = await readBinding('media', () => store.head());
  if (!head) return missing(object.at);
  const headers = objectHeaders(head, object.contentType);
  if (isAnother(request, head.httpEtag)) return problemResponse(ANOTHER_FILE);
  if (isUnchanged(request, head.httpEtag)) return new Response(null, { status: 304, headers });
  const ifRange = request.headers.get('If-Range');
  const isSame = ifRange === null || ifRange === head.httpEtag;
  const range = isSame ? parseByteRange(header, head.size) : ({ kind: 'ignored' } as const);
  switch (range.kind) {
    case 'unsatisfiable': {
      const detail = `The object has ${head.size} bytes.`;
      return problemResponse({ code: 'range-not-satisfiable', detail }, { 'Content-Range': `bytes */${head.size}` });
    }
    case 'ignored': {
      const stored = await readBinding('media', () => store.get());
      return stored ? new Response(stored.body, { headers }) : missing(object.at);
    }
    case 'bytes': {
      const length = range.last - range.first + 1;
      headers.set('Content-Length', String(length));
      headers.set('Content-Range', `bytes ${range.first}-${range.last}/${head.size}`);
      const stored = await readBinding('media', () => store.get({ offset: range.first, length }));
      return stored ? new Response(stored.body, { status: 206, headers }) : missing(object.at);
    }
  }
}

/** Turns the whole object into what was asked for. CORS is added here, after the cache was read, never stored in it. */
async function finish(request: Request, whole: Response, range: string | null, isHit: boolean): Promise<Response> {
  const headers = new Headers(whole.headers);
  headers.set('Cache-Status', `cliffhanger; ${isHit ? 'hit' : 'fwd=miss'}`);
  const etag = headers.get('ETag') ?? '';
  if (isAnother(request, etag)) {
    await whole.body?.cancel();
    return problemResponse(ANOTHER_FILE);
  }
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  const size = headers.get('Content-Length');
  if (range !== null && size !== null) {
    headers.set('Content-Range', `bytes 0-${Number(size) - 1}/${size}`);
    return new Response(request.method === 'HEAD' ? null : whole.body, { status: 206, headers });
  }
  return new Response(request.method === 'HEAD' ? null : whole.body, { status: 200, headers });
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
