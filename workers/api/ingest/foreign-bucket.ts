import { ProblemError } from '#shared/http/problem.ts';
import { MAX_IMPORT_LIST_PAGES, MAX_PLAYLIST_BYTES } from '../limits.ts';

/** What lies below a prefix. */
export interface BucketListing {
  /** With its slash. */
  readonly prefix: string;
  readonly sizes: ReadonlyMap<string, number>;
  readonly etags: ReadonlyMap<string, string>;
}

/** Names that encoders give to the playlist that a player opens, in the order in which they are looked for. */
const ENTRY_NAMES = ['multivariant.m3u8', 'master.m3u8', 'index.m3u8', 'playlist.m3u8'];

/** A listing has sizes and ETags a thousand at a time, so every object is checked and none is asked for by itself. */
export async function listPrefix(media: R2Bucket, named: string): Promise<BucketListing> {
  const folder = isPlaylist(named) ? named.slice(0, named.lastIndexOf('/') + 1) : `${named.replace(/\/$/, '')}/`;
  if (folder === '')
    throw new ProblemError({ code: 'invalid-request', detail: 'prefix: name a folder, not the bucket.' });
  const sizes = new Map<string, number>();
  const etags = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_IMPORT_LIST_PAGES; page++) {
    const found: R2Objects = await media.list({ prefix: folder, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, size, etag } of found.objects) {
      sizes.set(key, size);
      etags.set(key, etag);
    }
    if (!found.truncated) return { prefix: folder, sizes, etags };
    cursor = found.cursor;
  }
  const detail = `More than ${MAX_IMPORT_LIST_PAGES * 1_000} objects lie below ${folder}. Give each episode a folder.`;
  throw new ProblemError({ code: 'hls-invalid', detail, members: { errors: [] } });
}

/** The playlist that was named, or the one that a player would open. */
export function findEntry({ prefix, sizes }: BucketListing, named: string): string {
  if (isPlaylist(named)) {
    if (sizes.has(named)) return named;
    throw new ProblemError({ code: 'hls-not-found', detail: `${named} is not in the bucket.` });
  }
  const known = ENTRY_NAMES.map((name) => prefix + name).find((key) => sizes.has(key));
  const playlists = [...sizes.keys()].filter((key) => isPlaylist(key));
  const only = playlists.length === 1 ? playlists[0] : undefined;
  const entry = known ?? only;
  if (entry !== undefined) return entry;
  const detail = `None of ${ENTRY_NAMES.join(', ')} lies in ${prefix}. Name the playlist itself as prefix.`;
  throw new ProblemError({ code: 'hls-not-found', detail, members: { playlists: playlists.slice(0, 20) } });
}

export async function readTexts(
  media: R2Bucket,
  { sizes }: BucketListing,
  keys: readonly string[],
): Promise<readonly string[]> {
  return Promise.all(
    keys.map(async (key) => {
      const sizeBytes = sizes.get(key) ?? 0;
      if (sizeBytes > MAX_PLAYLIST_BYTES) {
        const detail = `${key} has ${sizeBytes} bytes; a playlist has at most ${MAX_PLAYLIST_BYTES}.`;
        throw new ProblemError({ code: 'hls-invalid', detail, members: { errors: [] } });
      }
      const stored = await media.get(key);
      return stored ? stored.text() : '';
    }),
  );
}

function isPlaylist(key: string): boolean {
  return /\.m3u8?$/i.test(key);
}
