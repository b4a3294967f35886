import type { ImportedObject } from '#core/foreign-hls/object-map.ts';
import { callBinding } from '#shared/binding-call.ts';
import { log, reasonOf } from '#shared/log.ts';

/** A whole object, by what names it for every viewer: no pass, no host, no header of a request. */
export interface CachedObject {
  readonly method: 'GET' | 'HEAD';
  /** Its key in the bucket, or for imported HLS our name for it. */
  readonly key: string;
  /** Where the bytes are, when not under the key. */
  readonly at: ImportedObject | null;
  readonly contentType: string;
}

/** Reads the object from the bucket: 200 with the whole of it, or null when there is none. */
export type LoadObject = (object: CachedObject) => Promise<Response | null>;

export interface OpenedObject {
  readonly response: Response;
  readonly isHit: boolean;
}

/** Asked only after the pass was checked. What a request asks of the object (a part, a validator) comes after it. */
export interface SegmentCache {
  open(object: CachedObject, load: LoadObject): Promise<OpenedObject | null>;
}

/** A path that no request can name, in the Cache API and in Workers Cache. */
const CACHED_PATH = '/m/cached/';

/** One data centre each, filled by this Worker. The key is on our own host, as Cloudflare advises. */
export function cacheApi(request: Request, ctx: ExecutionContext): SegmentCache {
  return {
    async open(object, load) {
      const cacheKey = new Request(new URL(CACHED_PATH + object.key, request.url));
      // A cache that fails costs a read of the bucket, and no viewer a segment.
      const cached = await caches.default.match(cacheKey).catch(withoutCache);
      if (cached) return { response: cached, isHit: true };
      const response = await load(object);
      if (response === null) return null;
      if (object.method === 'GET') ctx.waitUntil(caches.default.put(cacheKey, response.clone()).catch(withoutCache));
      return { response, isHit: false };
    },
  };
}

function withoutCache(thrown: unknown): undefined {
  log('warn', 'cache_unavailable', { reason: reasonOf(thrown) });
}

/** What the entrypoint is told beside the path. Part of the cache key, so nothing of a viewer may stand in it. */
export type CachedMediaProps = Pick<CachedObject, 'at' | 'contentType'>;

/** `ctx.exports.CachedMedia`. Only the form that is called with the props hands them over (platform.md 4). */
export type CachedMediaExport = (options: { readonly props: CachedMediaProps }) => Pick<Fetcher, 'fetch'>;

/** Tiered, and of many who miss at once one reads the bucket: the platform keeps what the entrypoint answers. */
export function workersCache(cachedMedia: CachedMediaExport): SegmentCache {
  return {
    async open({ method, key, at, contentType }) {
      // A new request: an Authorization or Cookie of the viewer's would keep the answer out of the cache.
      const request = new Request(`https://cached.invalid${CACHED_PATH}${key}`, { method });
      const response = await callBinding('media', () => cachedMedia({ props: { at, contentType } }).fetch(request));
      if (response.status === 200) return { response, isHit: response.headers.get('CF-Cache-Status') === 'HIT' };
      await response.body?.cancel();
      if (response.status === 404) return null;
      throw new Error(`the cached entrypoint answered ${response.status}`);
    },
  };
}

/** The key of a request that `workersCache` made. */
export function cachedKeyOf(request: Request): string {
  return new URL(request.url).pathname.slice(CACHED_PATH.length);
}
