import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';

/**
 * Keeps the Variant Streams that the decision allows. A Multivariant Playlist is not read again by clients, so what a
 * viewer may not have must be absent from the start.
 *
 * @see RFC 8216bis 4.4.6.2 (EXT-X-STREAM-INF and the URI line that follows it)
 */
export function keepVariants(lines: readonly PlaylistLine[], allows: (uri: string) => boolean): PlaylistLine[] {
  const kept: PlaylistLine[] = [];
  let held: PlaylistLine[] = [];
  for (const line of lines) {
    if (line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF') {
      kept.push(...held);
      held = [line];
    } else if (held.length > 0) {
      held.push(line);
      if (line.kind !== 'uri') continue;
      if (allows(line.uri)) kept.push(...held);
      held = [];
    } else if (line.kind === 'tag' && line.name === 'EXT-X-I-FRAME-STREAM-INF') {
      if (allows(attribute(line.value, 'URI') ?? '')) kept.push(line);
    } else {
      kept.push(line);
    }
  }
  return [...kept, ...held];
}

/** Puts `prefix` before every relative URI of a Multivariant Playlist that is served from elsewhere. */
export function prefixVariantUris(lines: readonly PlaylistLine[], prefix: string): PlaylistLine[] {
  return lines.map((line) => {
    if (line.kind === 'uri') return { ...line, uri: prefix + line.uri, raw: prefix + line.uri };
    if (line.kind !== 'tag' || !URI_TAGS.has(line.name)) return line;
    const value = line.value.replace(/(^|,)URI="/, `$1URI="${prefix}`);
    return { ...line, value, raw: `#${line.name}:${value}` };
  });
}

/** Tags of a Multivariant Playlist that name another playlist. */
const URI_TAGS = new Set(['EXT-X-MEDIA', 'EXT-X-I-FRAME-STREAM-INF']);

/**
 * Cuts a Media Playlist after its first `segmentCount` Media Segments and ends it. EXT-X-TARGETDURATION stays as it
 * is (an upper bound, and the same on every Rendition), EXT-X-ENDLIST is kept so that players do not poll.
 *
 * @see RFC 8216bis 4.4.3.4, 6.2.1
 */
export function cutMediaPlaylist(lines: readonly PlaylistLine[], segmentCount: number): PlaylistLine[] {
  const lastKept = lines.findIndex(nthUri(segmentCount));
  const firstCut = lines.findIndex(nthUri(segmentCount + 1));
  if (firstCut === -1) return [...lines];
  const ending = lines.filter((line) => line.kind === 'tag' && line.name === 'EXT-X-ENDLIST');
  return [...lines.slice(0, lastKept + 1), ...ending];
}

/** True at the nth URI line: a predicate that counts, for one pass over the lines. */
function nthUri(n: number): (line: PlaylistLine) => boolean {
  let seen = 0;
  return (line) => line.kind === 'uri' && ++seen === n;
}
