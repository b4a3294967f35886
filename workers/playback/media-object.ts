import { parseByteRange } from '#core/http/byte-range.ts';
import { storageKey, type MediaObject, type MediaPath } from '#core/token/media-pass.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { IMMUTABLE } from './limits.ts';

/**
 * Serves one stored object: cache, then R2. The cache key is made from parsed fields on our own host (as Cloudflare
 * advises), so it holds no token, and a hit is looked up only after the pass was checked.
 */
export async function serveObject(
  request: Request,
  media: R2Bucket,
  path: MediaPath,
  ctx: ExecutionContext,
): Promise<Response> {
  const key = storageKey(path);
  const cacheKey = new Request(new URL(`/${key}`, request.url));
  const range = request.headers.get('Range');
  const wantsWhole = range === null || (range.trim() === 'bytes=0-' && !request.headers.has('If-Range'));
  if (wantsWhole) {
    const cached = await caches.default.match(cacheKey);
    if (cached) return finish(request, cached, range, 'HIT');
  }
  return range === null
    ? fromBucket(request, media, key, path.object, cacheKey, ctx)
    : rangeFromBucket(request, media, key, path.object, range);
}

async function fromBucket(
  request: Request,
  media: R2Bucket,
  key: string,
  object: MediaObject,
  cacheKey: Request,
  ctx: ExecutionContext,
): Promise<Response> {
  if (request.method === 'HEAD') {
    const head = await media.head(key);
    return head
      ? finish(request, new Response(null, { headers: objectHeaders(head, object) }), null, 'MISS')
      : missing();
  }
  const stored = await media.get(key);
  if (!stored) return missing();
  const response = new Response(stored.body, { headers: objectHeaders(stored, object) });
  ctx.waitUntil(caches.default.put(cacheKey, response.clone()));
  return finish(request, response, null, 'MISS');
}

/**
 * A part of an object comes from R2 and does not fill the cache: only whole objects are stored.
 * R2 answers an unsatisfiable range with everything (platform.md 3), so the range is parsed here.
 */
async function rangeFromBucket(
  request: Request,
  media: R2Bucket,
  key: string,
  object: MediaObject,
  header: string,
): Promise<Response> {
  const head = await media.head(key);
  if (!head) return missing();
  const range = parseByteRange(header, head.size);
  if (range.kind === 'unsatisfiable') {
    const problem = problemResponse({ code: 'range-not-satisfiable', detail: `The object has ${head.size} bytes.` });
    problem.headers.set('Content-Range', `bytes */${head.size}`);
    return problem;
  }
  const headers = objectHeaders(head, object);
  if (isUnchanged(request, head.httpEtag)) return new Response(null, { status: 304, headers });
  const ifRange = request.headers.get('If-Range');
  const partial = range.kind === 'bytes' && (ifRange === null || ifRange === head.httpEtag) ? range : null;
  const length = partial ? partial.last - partial.first + 1 : head.size;
  headers.set('Content-Length', String(length));
  if (partial) headers.set('Content-Range', `bytes ${partial.first}-${partial.last}/${head.size}`);
  const status = partial ? 206 : 200;
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  const stored = await media.get(key, partial ? { range: { offset: partial.first, length } } : {});
  return stored ? new Response(stored.body, { status, headers }) : missing();
}

/** Turns the whole object into what was asked for. CORS is added here, after the cache was read, never stored in it. */
function finish(request: Request, whole: Response, range: string | null, cacheStatus: 'HIT' | 'MISS'): Response {
  const headers = new Headers(whole.headers);
  headers.set('Cache-Status', `cliffhanger; ${cacheStatus === 'HIT' ? 'hit' : 'fwd=miss'}`);
  const etag = headers.get('ETag') ?? '';
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  const size = headers.get('Content-Length');
  if (range !== null && size !== null) {
    headers.set('Content-Range', `bytes 0-${Number(size) - 1}/${size}`);
    return new Response(request.method === 'HEAD' ? null : whole.body, { status: 206, headers });
  }
  return new Response(request.method === 'HEAD' ? null : whole.body, { status: 200, headers });
}

/** @see RFC 9110 13.1.2 (If-None-Match compares weakly) */
function isUnchanged(request: Request, etag: string): boolean {
  const header = request.headers.get('If-None-Match');
  if (header === null || etag === '') return false;
  return (
    header.trim() === '*' ||
    header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''))
  );
}

function objectHeaders(object: R2Object, kind: MediaObject): Headers {
  return new Headers({
    'Content-Type': contentType(kind),
    'Content-Length': String(object.size),
    'Cache-Control': IMMUTABLE,
    ETag: object.httpEtag,
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  });
}

function contentType(object: MediaObject): string {
  switch (object.kind) {
    case 'multivariant':
    case 'media-playlist':
      return 'application/vnd.apple.mpegurl';
    case 'init':
      return 'video/mp4';
    case 'segment':
      return 'video/iso.segment';
    case 'poster':
      return 'image/jpeg';
  }
}

function missing(): Response {
  return problemResponse({
    code: 'not-found',
    detail: 'This version is no longer stored. Ask for the playlist again.',
  });
}
