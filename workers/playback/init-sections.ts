import { storageKey, type MediaObject } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { MAX_CACHED_INITS } from './limits.ts';

/** Media Initialization Sections by storage key. They never change, so entries are only ever dropped for room. */
const cache = new Map<string, Uint8Array<ArrayBuffer>>();

/** From the isolate's memory: it is small, and every start of the episode needs it. null when it is not stored. */
export async function loadInit(
  media: R2Bucket,
  at: { readonly assetId: string; readonly version: string; readonly object: MediaObject },
): Promise<Uint8Array<ArrayBuffer> | null> {
  const key = storageKey(at);
  const cached = cache.get(key);
  if (cached) return cached;
  const bytes = await readBinding('media', async () => (await media.get(key))?.bytes() ?? null);
  if (bytes === null) return null;
  if (cache.size >= MAX_CACHED_INITS) cache.delete(cache.keys().next().value ?? '');
  const init = bytes as Uint8Array<ArrayBuffer>;
  cache.set(key, init);
  return init;
}
