import { contentTypeOf } from '#core/foreign-hls/media-types.ts';
import { parseByteRange } from '#core/http/byte-range.ts';
import { storageKey, type MediaObject, type MediaPath } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { IMMUTABLE } from './limits.ts';

/** What of a bucket it takes to serve an object: a bucket, or something that stands for a part of one. */
export interface MediaStore {
  head(key: string): Promise<StoredObject | null>;
  get(
    key: string,
    options?: { readonly range: { readonly offset: number; readonly length: number } },
  ): Promise<(StoredObject & { readonly body: ReadableStream }) | null>;
}

type StoredObject = Pick<R2Object, 'size' | 'httpEtag'>;

/**
 * Serves one stored object: cache, then R2. The cache key is made from parsed fields on our own host (as Cloudflare
 * advises), on a path that no request can name, so it holds no token, and a hit is looked up only after the pass was checked.
 */
export async function serveObject(
  request: Request,
  media: MediaStore,
  path: MediaPath,
  ctx: ExecutionContext,
): Promise<Response> {
  const key = storageKey(path);
  const cacheKey = new Request(new URL(`/m/cached/${key}`, request.url));
  // Range is for GET only (RFC 9110 14.2).
  const range = request.method === 'GET' ? request.headers.get('Range') : null;
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
  media: MediaStore,
  key: string,
  object: MediaObject,
  cacheKey: Request,
  ctx: ExecutionContext,
): Promise<Response> {
  if (request.method === 'HEAD') {
    const head = await readBinding('media', () => media.head(key));
    return head
      ? finish(request, new Response(null, { headers: objectHeaders(head, object) }), null, 'MISS')
      : missing();
  }
  const stored = await readBinding('media', () => media.get(key));
  if (!stored) return missing();
  const response = new Response(stored.body, { headers: objectHeaders(stored, object) });
  ctx.waitUntil(caches.default.put(cacheKey, response.clone()));
  return finish(request, response, null, 'MISS');
}

/**
 * A part of an object comes from R2 and does not fill the cache: only whole objects are stored. The range is parsed
 * here, because R2 answers an unsatisfiable one with everything (platform.md 3).
 *
 * @see RFC 9110 13.2.2 (If-None-Match, then If-Range, then Range)
 */
async function rangeFromBucket(
  request: Request,
  media: MediaStore,
  key: string,
  object: MediaObject,
  header: string,
): Promise<Response> {
  const head = await readBinding('media', () => media.head(key));
  if (!head) return missing();
  const headers = objectHeaders(head, object);
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
      const stored = await readBinding('media', () => media.get(key));
      return stored ? new Response(stored.body, { headers }) : missing();
    }
    case 'bytes': {
      const length = range.last - range.first + 1;
      headers.set('Content-Length', String(length));
      headers.set('Content-Range', `bytes ${range.first}-${range.last}/${head.size}`);
      const stored = await readBinding('media', () => media.get(key, { range: { offset: range.first, length } }));
      return stored ? new Response(stored.body, { status: 206, headers }) : missing();
    }
  }
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

function objectHeaders(object: StoredObject, kind: MediaObject): Headers {
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
    case 'imported-playlist':
      return 'application/vnd.apple.mpegurl';
    case 'imported':
      return contentTypeOf(object.file);
    case 'init':
      return 'video/mp4';
    case 'segment':
      return 'video/iso.segment';
    case 'poster':
      return 'image/jpeg';
    case 'key':
    case 'license':
      return 'application/octet-stream';
  }
}

function missing(): Response {
  return problemResponse({
    code: 'not-found',
    detail: 'This version is no longer stored. Ask for the playlist again.',
  });
}
