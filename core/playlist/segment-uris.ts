import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';

/** Tags of a Media Playlist that name an object of the version. @see RFC 8216bis 4.4.4.5 */
const OBJECT_TAGS: ReadonlySet<string> = new Set(['EXT-X-MAP']);

/** Every URI of a Media Playlist that a player will fetch, in order, each once. */
export function objectUris(lines: readonly PlaylistLine[]): string[] {
  const uris = new Set<string>();
  for (const line of lines) {
    const uri = line.kind === 'uri' ? line.uri : tagUri(line);
    if (uri !== null) uris.add(uri);
  }
  return [...uris];
}

/** Puts other URIs in their places; a URI that `replacements` does not have stays, and so does every other byte. */
export function replaceObjectUris(
  lines: readonly PlaylistLine[],
  replacements: ReadonlyMap<string, string>,
): PlaylistLine[] {
  return lines.map((line) => {
    const old = line.kind === 'uri' ? line.uri : tagUri(line);
    const uri = old === null ? undefined : replacements.get(old);
    if (old === null || uri === undefined) return line;
    if (line.kind === 'uri') return { ...line, uri, raw: uri };
    if (line.kind !== 'tag') return line;
    const value = line.value.replace(`URI="${old}"`, () => `URI="${uri}"`);
    return { ...line, value, raw: `#${line.name}:${value}` };
  });
}

function tagUri(line: PlaylistLine): string | null {
  return line.kind === 'tag' && OBJECT_TAGS.has(line.name) ? attribute(line.value, 'URI') : null;
}
