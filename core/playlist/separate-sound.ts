import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';

/**
 * Whether the sound has segments of its own, as in an episode of several languages; then `a0` is the main one (029).
 *
 * @see RFC 8216bis 4.4.6.2.1 (without a URI the sound is in the Variant Streams)
 */
export function hasSeparateSound(multivariant: readonly PlaylistLine[]): boolean {
  return multivariant.some(
    (line) => line.kind === 'tag' && line.name === 'EXT-X-MEDIA' && attribute(line.value, 'URI') === 'a0/media.m3u8',
  );
}
