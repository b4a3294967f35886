import { attributeSpan } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';
import { definition, substitute, type VariableSources } from './variables.ts';

/** What a URI of a playlist is for; a URI line is a Variant Stream after EXT-X-STREAM-INF and else a Media Segment. */
export type UriRole =
  | 'variant'
  | 'segment'
  | 'map'
  | 'key'
  | 'session-key'
  | 'rendition'
  | 'i-frame-stream'
  | 'image-stream'
  | 'session-data'
  | 'steering'
  | 'part'
  | 'preload-hint'
  | 'rendition-report'
  | 'asset'
  | 'asset-list';

/** What stands in place of a URI; null leaves the reference out. The URI comes with its variables resolved. */
export type UriMap = (uri: string, role: UriRole, line: PlaylistLine) => string | null;

/**
 * Every tag with a URI in it.
 *
 * @see RFC 8216bis 4.4.4.4 (KEY), 4.4.4.5 (MAP), 4.4.4.9 (PART), 4.4.5.1 (DATERANGE), 4.4.5.3 (PRELOAD-HINT), 4.4.5.4
 *   (RENDITION-REPORT), 4.4.6 (MEDIA, I-FRAME-STREAM-INF, SESSION-DATA, SESSION-KEY, CONTENT-STEERING) and Appendix D
 *   (X-ASSET-URI, X-ASSET-LIST); Roku's image media playlists (EXT-X-IMAGE-STREAM-INF)
 */
const URI_ATTRIBUTES: ReadonlyMap<string, readonly (readonly [attribute: string, role: UriRole])[]> = new Map([
  ['EXT-X-MAP', [['URI', 'map']]],
  ['EXT-X-KEY', [['URI', 'key']]],
  ['EXT-X-SESSION-KEY', [['URI', 'session-key']]],
  ['EXT-X-MEDIA', [['URI', 'rendition']]],
  ['EXT-X-I-FRAME-STREAM-INF', [['URI', 'i-frame-stream']]],
  ['EXT-X-IMAGE-STREAM-INF', [['URI', 'image-stream']]],
  ['EXT-X-SESSION-DATA', [['URI', 'session-data']]],
  ['EXT-X-CONTENT-STEERING', [['SERVER-URI', 'steering']]],
  ['EXT-X-PART', [['URI', 'part']]],
  ['EXT-X-PRELOAD-HINT', [['URI', 'preload-hint']]],
  ['EXT-X-RENDITION-REPORT', [['URI', 'rendition-report']]],
  [
    'EXT-X-DATERANGE',
    [
      ['X-ASSET-URI', 'asset'],
      ['X-ASSET-LIST', 'asset-list'],
    ],
  ],
]);

/**
 * Maps every URI of a playlist and changes no byte but theirs: a URI that is mapped to itself leaves its line as it
 * was written, variables and all. null takes the tag out, or, for a URI line, everything from the EXTINF or
 * EXT-X-STREAM-INF that introduces it.
 */
export function mapUris(lines: readonly PlaylistLine[], map: UriMap, sources: VariableSources = {}): PlaylistLine[] {
  const variables = new Map<string, string>();
  const mapped: PlaylistLine[] = [];
  const written: string[] = [];
  let role: 'variant' | 'segment' = 'segment';
  let introducedAt = -1;
  const checked: UriMap = (uri, role, line) => {
    const to = map(uri, role, line);
    if (to !== null && to !== uri) written.push(to);
    return to;
  };
  for (const line of lines) {
    if (line.kind === 'uri') {
      const replaced = mapUriLine(line, role, checked, variables);
      if (replaced) mapped.push(replaced);
      else if (introducedAt !== -1) mapped.length = introducedAt;
      role = 'segment';
      introducedAt = -1;
      continue;
    }
    if (line.kind === 'tag') {
      if (line.name === 'EXTINF' || line.name === 'EXT-X-STREAM-INF') {
        introducedAt = mapped.length;
        role = line.name === 'EXTINF' ? 'segment' : 'variant';
      } else if (line.name === 'EXT-X-DEFINE') {
        const defined = definition(line.value, sources);
        if (defined) variables.set(defined[0], defined[1]);
      }
      const replaced = mapTag(line, checked, variables);
      if (replaced) mapped.push(replaced);
    } else mapped.push(line);
  }
  checkWithin(written);
  return mapped;
}

type UriLine = Extract<PlaylistLine, { kind: 'uri' }>;
type Tag = Extract<PlaylistLine, { kind: 'tag' }>;

function mapUriLine(line: UriLine, role: UriRole, map: UriMap, variables: ReadonlyMap<string, string>): UriLine | null {
  const resolved = substitute(line.uri, variables);
  const uri = map(resolved, role, line);
  if (uri === null) return null;
  return uri === resolved ? line : withUri(line, uri);
}

function mapTag(line: Tag, map: UriMap, variables: ReadonlyMap<string, string>): Tag | null {
  const attributes = URI_ATTRIBUTES.get(line.name);
  if (attributes === undefined) return line;
  let tag = line;
  for (const [name, role] of attributes) {
    const span = attributeSpan(tag.value, name);
    if (span === null) continue;
    const resolved = substitute(tag.value.slice(span.start, span.end), variables);
    const uri = map(resolved, role, line);
    if (uri === null) return null;
    if (uri !== resolved) tag = withValue(tag, tag.value.slice(0, span.start) + uri + tag.value.slice(span.end));
  }
  return tag;
}

/** Blanks around a URI are no part of it, and stay. */
function withUri(line: UriLine, uri: string): UriLine {
  const { raw, end, uri: written } = line;
  if (raw === written) return { kind: 'uri', uri, raw: uri, end };
  const at = raw.indexOf(written);
  return { kind: 'uri', uri, raw: raw.slice(0, at) + uri + raw.slice(at + written.length), end };
}

export function withValue(tag: Tag, value: string): Tag {
  return { kind: 'tag', name: tag.name, value, raw: `#${tag.name}:${value}`, end: tag.end };
}

/** A URI that could end its line or its quotes would write tags of its own. All at once: a search for each costs more. */
function checkWithin(uris: readonly string[]): void {
  const text = uris.join('');
  for (const char of ['"', '\r', '\n']) {
    if (text.includes(char)) throw new Error('a mapped URI must not hold quotes or line ends');
  }
}

/** Puts `prefix` before every relative URI, for a playlist that is served from elsewhere. */
export function prefixRelativeUris(lines: readonly PlaylistLine[], prefix: string): PlaylistLine[] {
  return mapUris(lines, (uri) => (isRelative(uri) ? prefix + uri : uri));
}

/** @see RFC 3986 4.2, 3.1 */
function isRelative(uri: string): boolean {
  if (uri.startsWith('/')) return false;
  return !uri.includes(':') || !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri);
}
