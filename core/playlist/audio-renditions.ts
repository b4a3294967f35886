import { attribute } from './attributes.ts';
import { parsePlaylist } from './lines.ts';

/** A Multivariant Playlist without one of its languages. All else stays as it was written. @see RFC 8216bis 4.4.6.1 */
export function withoutAudioRendition(playlist: string, name: string): string {
  const isIt = (value: string): boolean =>
    attribute(value, 'TYPE') === 'AUDIO' && attribute(value, 'URI') === `${name}/media.m3u8`;
  const kept = parsePlaylist(playlist).filter(
    (line) => !(line.kind === 'tag' && line.name === 'EXT-X-MEDIA' && isIt(line.value)),
  );
  return `${kept.map(({ raw }) => raw).join('\n')}\n`;
}
