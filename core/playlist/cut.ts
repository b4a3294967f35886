import { attribute } from './attributes.ts';
import { parseDateMs } from './dates.ts';
import type { PlaylistLine } from './lines.ts';
import { segmentDurationsSeconds, segmentsThatBeginBefore } from './segments.ts';

/**
 * Tags that speak of the whole Playlist wherever they stand: they outlive a cut before them. Every other tag behind the
 * last kept segment speaks of one that is gone (KEY, MAP, DISCONTINUITY, PROGRAM-DATE-TIME, PART, GAP, unknown ones).
 *
 * @see RFC 8216bis 4.4.2, 4.4.3
 */
const WHOLE_PLAYLIST_TAGS: ReadonlySet<string> = new Set([
  'EXT-X-VERSION',
  'EXT-X-TARGETDURATION',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-INDEPENDENT-SEGMENTS',
  'EXT-X-START',
  'EXT-X-I-FRAMES-ONLY',
  'EXT-X-ENDLIST',
]);

/**
 * Cuts a Media Playlist after its first `segmentCount` Media Segments and ends it. EXT-X-TARGETDURATION stays as it is
 * (an upper bound, and the same on every Rendition); there is an EXT-X-ENDLIST, so that players do not poll.
 *
 * @see RFC 8216bis 4.4.3.4, 6.2.1
 */
export function cutMediaPlaylist(lines: readonly PlaylistLine[], segmentCount: number): PlaylistLine[] {
  const tail: PlaylistLine[] = [];
  let hasDates = false;
  let [index, seen, end] = [0, 0, 0];
  for (const line of lines) {
    index++;
    if (line.kind === 'uri') {
      if (++seen === segmentCount) end = index;
    } else if (line.kind === 'tag' && line.name !== 'EXTINF') {
      const isDate = line.name === 'EXT-X-DATERANGE';
      hasDates ||= isDate;
      if (seen >= segmentCount && (isDate || WHOLE_PLAYLIST_TAGS.has(line.name))) tail.push(line);
    }
  }
  if (seen <= segmentCount) return [...lines];
  const kept = lines.slice(0, end);
  if (!hasDates) return ended(kept, tail);
  const isBeforeCut = datesBeforeCut(lines, segmentCount);
  return ended(
    kept.filter((line) => !isDateRange(line) || (isBeforeCut(line) ?? true)),
    tail.filter((line) => !isDateRange(line) || (isBeforeCut(line) ?? false)),
  );
}

/** The same by time: as many segments as begin before `seconds`. */
export function cutMediaPlaylistAt(lines: readonly PlaylistLine[], seconds: number): PlaylistLine[] {
  return cutMediaPlaylist(lines, segmentsThatBeginBefore(segmentDurationsSeconds(lines), seconds));
}

/** `tail` is what outlives the cut; a playlist without an end gets one. */
function ended(kept: readonly PlaylistLine[], tail: readonly PlaylistLine[]): PlaylistLine[] {
  if (tail.some((line) => line.kind === 'tag' && line.name === 'EXT-X-ENDLIST')) return kept.concat(tail);
  const end = kept.at(-1)?.end || '\n';
  return kept.concat({ kind: 'tag', name: 'EXT-X-ENDLIST', value: '', raw: '#EXT-X-ENDLIST', end }, tail);
}

function isDateRange(line: PlaylistLine): line is Extract<PlaylistLine, { kind: 'tag' }> {
  return line.kind === 'tag' && line.name === 'EXT-X-DATERANGE';
}

/**
 * Tells whether an EXT-X-DATERANGE begins before the cut; null where no EXT-X-PROGRAM-DATE-TIME places it. What begins
 * later would tell of what the viewer may not see.
 *
 * @see RFC 8216bis 4.4.5.1
 */
function datesBeforeCut(lines: readonly PlaylistLine[], segmentCount: number): (line: PlaylistLine) => boolean | null {
  const endMs = endDateMs(lines, segmentCount);
  return (line) => {
    const startMs = line.kind === 'tag' ? parseDateMs(attribute(line.value, 'START-DATE') ?? '') : null;
    return startMs === null || endMs === null ? null : startMs < endMs;
  };
}

/** The date on which the last kept segment ends, counted from the nearest EXT-X-PROGRAM-DATE-TIME before that. */
function endDateMs(lines: readonly PlaylistLine[], segmentCount: number): number | null {
  let atMs: number | null = null;
  let seconds = 0;
  let seen = 0;
  for (const line of lines) {
    if (line.kind === 'tag' && line.name === 'EXT-X-PROGRAM-DATE-TIME') atMs = parseDateMs(line.value) ?? atMs;
    if (line.kind === 'tag' && line.name === 'EXTINF') seconds = Number.parseFloat(line.value) || 0;
    if (line.kind !== 'uri') continue;
    if (atMs !== null) atMs += seconds * 1_000;
    if (++seen === segmentCount) break;
  }
  return atMs;
}
