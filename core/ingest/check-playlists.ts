import { attribute } from '../playlist/attributes.ts';
import { parsePlaylist, type PlaylistLine } from '../playlist/lines.ts';
import { segmentDurationsSeconds } from '../playlist/segments.ts';
import { mapUris, type UriRole } from '../playlist/uris.ts';
import type { Listing } from './check-listing.ts';
import type { TranscodeResult } from './transcoder-protocol.ts';

/** Of sums and of single segments; sound frames do not end where picture frames do (security.md TRN-6). */
const DURATION_TOLERANCE_SECONDS = 0.1;

/** What a version has beside its presentation. */
const IMAGES = ['poster.jpg', 'storyboard.jpg', 'storyboard.vtt', 'preview.mp4', 'preview.webp'];
export const MULTIVARIANT = 'multivariant.m3u8';

/** The playlists that a Multivariant Playlist leads to, by path. */
export function playlistsOf(multivariant: string): string[] {
  return referencesOf(multivariant, '')
    .filter(({ role }) => PLAYLIST_ROLES.has(role))
    .map(({ path }) => path);
}

const PLAYLIST_ROLES: ReadonlySet<UriRole> = new Set(['variant', 'rendition', 'i-frame-stream']);
/** Written by the edge into what it answers. */
const NOT_STORED: ReadonlySet<UriRole> = new Set(['key', 'session-key']);

interface Reference {
  readonly path: string;
  readonly role: UriRole;
}

function referencesOf(text: string, folder: string): Reference[] {
  const references: Reference[] = [];
  mapUris(parsePlaylist(text), (uri, role) => {
    if (!NOT_STORED.has(role)) references.push({ path: folder + uri, role });
    return uri;
  });
  return references;
}

/**
 * What is wrong with the playlists of a version, in words; null: every URI leads to an object, every object is led to, and
 * durations and numbers of segments are those that were reported. `texts` has every playlist by its path.
 */
export function checkPlaylists(
  texts: ReadonlyMap<string, string>,
  listing: Listing,
  result: TranscodeResult,
): string | null {
  const referred = new Set([MULTIVARIANT, ...IMAGES]);
  for (const [path, text] of texts) {
    const wrong = checkOne(path, text, result);
    if (wrong !== null) return `${path} ${wrong}`;
    for (const reference of referencesOf(text, path.slice(0, path.lastIndexOf('/') + 1))) {
      if (!listing.has(reference.path)) return `${path} leads to ${reference.path}, which is not there.`;
      referred.add(reference.path);
    }
  }
  const missing = result.renditions.find(({ name }) => !texts.has(`${name}/media.m3u8`));
  if (missing !== undefined) return `${MULTIVARIANT} does not lead to ${missing.name}/media.m3u8.`;
  if (!listing.has('poster.jpg')) return 'poster.jpg was not reported.';
  const unused = [...listing.keys()].find((path) => !referred.has(path));
  return unused === undefined ? null : `${unused} is there, and nothing leads to it.`;
}

function checkOne(path: string, text: string, result: TranscodeResult): string | null {
  const lines = parsePlaylist(text);
  if (!text.startsWith('#EXTM3U')) return 'is no playlist.';
  return path === MULTIVARIANT ? checkVariants(lines, result) : checkMedia(path, lines, result);
}

/** Each rung that was reported once, and no other. */
function checkVariants(lines: readonly PlaylistLine[], { renditions }: TranscodeResult): string | null {
  const listed = lines.filter((line) => line.kind === 'uri').map(({ uri }) => uri);
  const wanted = new Set(renditions.map(({ name }) => `${name}/media.m3u8`));
  const odd = listed.find((uri) => !wanted.has(uri));
  if (odd !== undefined) return `lists ${odd}, which was not reported.`;
  if (listed.length !== wanted.size) return `lists ${listed.length} Variant Streams of ${wanted.size}.`;
  const withoutCodecs = lines.some(
    (line) => line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF' && attribute(line.value, 'CODECS') === null,
  );
  return withoutCodecs ? 'has a Variant Stream without CODECS.' : null;
}

function checkMedia(path: string, lines: readonly PlaylistLine[], result: TranscodeResult): string | null {
  const durations = segmentDurationsSeconds(lines);
  const wanted = result.segmentDurationsSeconds;
  if (durations.length !== wanted.length) return `has ${durations.length} segments, not ${wanted.length}.`;
  if (!lines.some((line) => line.kind === 'tag' && line.name === 'EXT-X-ENDLIST')) return 'does not end.';
  const odd = durations.findIndex((seconds, n) => !isNear(seconds, wanted[n] ?? 0));
  // A language has boundaries of its own, at the frames of its sound: it ends where the picture does.
  if (odd >= 0 && !path.startsWith('a')) return `has a segment ${odd} of ${durations[odd]} s, not ${wanted[odd]} s.`;
  const total = durations.reduce((sum, seconds) => sum + seconds, 0);
  return isNear(total, result.durationSeconds) ? null : `lasts ${total} s, not ${result.durationSeconds} s.`;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= DURATION_TOLERANCE_SECONDS;
}
