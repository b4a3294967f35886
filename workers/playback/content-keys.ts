import { needsKey, writeKeyLines } from '#core/playlist/key-lines.ts';
import type { PlaylistLine } from '#core/playlist/lines.ts';
import { keyIdOfSealed, type StoredContentKey } from '#core/token/content-key.ts';
import { findStoredContentKey } from '#shared/db/content-keys.ts';
import { MAX_CACHED_CONTENT_KEYS } from './limits.ts';

/** Where the key of a version is looked up; asked only for a version that is encrypted. */
export type ContentKeySource = () => StoredContentKey | null | Promise<StoredContentKey | null>;

/** Sealed keys by version. A version's key never changes, so entries are only ever dropped for room. */
const cache = new Map<string, StoredContentKey>();

/** Once per version and isolate from D1; a feed has read it with the episode. */
export function contentKeyOf(db: D1Database, version: string): ContentKeySource {
  return async () => {
    const cached = cache.get(version);
    if (cached) return cached;
    const stored = await findStoredContentKey(db, version);
    if (stored === null) return null;
    if (cache.size >= MAX_CACHED_CONTENT_KEYS) cache.delete(cache.keys().next().value ?? '');
    cache.set(version, stored);
    return stored;
  };
}

/** The lines with the key that they wait for; null where there is none: without it, nothing of the version plays. */
export async function withContentKey(
  lines: readonly PlaylistLine[],
  source: ContentKeySource,
): Promise<readonly PlaylistLine[] | null> {
  if (!needsKey(lines)) return lines;
  const stored = await source();
  if (stored === null) return null;
  return writeKeyLines(
    lines,
    stored.scheme === 'aes-128'
      ? // One URI for all Renditions, so that a switch does not ask again; relative, so that it inherits the pass.
        { scheme: 'aes-128', uri: `../${stored.sealed}.key` }
      : { scheme: 'cbcs', keyId: keyIdOfSealed(stored.sealed) },
  );
}
