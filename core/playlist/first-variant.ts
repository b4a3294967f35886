import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';

export interface FirstVariant {
  readonly uri: string;
  /** RFC 6381. */
  readonly codecs: readonly string[];
}

/** The Variant Stream to begin with: the first that is allowed, for that is what their order says. */
export function firstVariant(lines: readonly PlaylistLine[], allows: (uri: string) => boolean): FirstVariant | null {
  let codecs: string | null = null;
  for (const line of lines) {
    if (line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF') codecs = attribute(line.value, 'CODECS');
    if (line.kind === 'uri' && allows(line.uri)) {
      return codecs === null ? null : { uri: line.uri, codecs: codecs.split(',') };
    }
  }
  return null;
}

/** @see RFC 8216bis 4.4.6.2 (CODECS covers every Rendition, also sound that has segments of its own) */
export function isSound(codec: string): boolean {
  return /^(mp4a|ac-3|ec-3|opus|flac)/i.test(codec);
}
