import { parsePlaylist, type PlaylistLine } from '#core/playlist/lines.ts';
import { storageKey, type MediaObject } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { MAX_CACHED_PLAYLISTS } from './limits.ts';

/** Parsed playlists by storage key. A version's playlists never change, so entries are only ever dropped for room. */
const cache = new Map<string, readonly PlaylistLine[]>();

/** The playlist as the transcoder wrote it; null when the bucket does not have it. */
export async function loadPlaylist(
  media: R2Bucket,
  at: { readonly assetId: string; readonly version: string; readonly object: MediaObject },
): Promise<readonly PlaylistLine[] | null> {
  const key = storageKey(at);
  const cached = cache.get(key);
  if (cached) return cached;
  const text = await readBinding('media', async () => (await media.get(key))?.text() ?? null);
  if (text === null) return null;
  const lines = parsePlaylist(text);
  if (cache.size >= MAX_CACHED_PLAYLISTS) cache.delete(cache.keys().next().value ?? '');
  cache.set(key, lines);
  return lines;
}
