/** Pairs the Media Playlists of two Multivariant Playlists of one asset, made under different media passes. */

interface PlaylistReference {
  readonly url: string;
  /** What stays the same when only the pass differs. */
  readonly identity: string;
}

/**
 * Old Media Playlist URL → its successor's. A Rendition without a successor is missing from the answer; one that is
 * only in the new list (a cap was lifted) waits for the next start of the episode.
 */
export function pairMediaPlaylists(
  before: { readonly url: string; readonly text: string },
  after: { readonly url: string; readonly text: string },
): ReadonlyMap<string, string> {
  const successors = new Map(references(after).map(({ identity, url }) => [identity, url]));
  const pairs = new Map<string, string>();
  for (const { identity, url } of references(before)) {
    const successor = successors.get(identity);
    if (successor !== undefined) pairs.set(url, successor);
  }
  return pairs;
}

function references(playlist: { readonly url: string; readonly text: string }): readonly PlaylistReference[] {
  const found: PlaylistReference[] = [];
  const add = (attributes: string, uri: string): void => {
    found.push({ url: new URL(uri, playlist.url).href, identity: identityOf(attributes) });
  };
  let variant: string | null = null;
  for (const line of playlist.text.split(/\r?\n/)) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) variant = line;
    else if (line.startsWith('#EXT-X-MEDIA:')) {
      const uri = attribute(line, 'URI');
      if (uri !== null) add(line, uri);
    } else if (line !== '' && !line.startsWith('#') && variant !== null) {
      add(variant, line);
      variant = null;
    }
  }
  return found;
}

/** Not BANDWIDTH: a preview's peak may be lower than the whole episode's. */
function identityOf(line: string): string {
  const names = ['RESOLUTION', 'CODECS', 'FRAME-RATE', 'VIDEO-RANGE', 'AUDIO', 'TYPE', 'GROUP-ID', 'NAME', 'LANGUAGE'];
  return names.map((name) => attribute(line, name) ?? '').join('|');
}

export function attribute(line: string, name: string): string | null {
  const match = new RegExp(`[:,]${name}=("[^"]*"|[^,]*)`).exec(line);
  return match?.[1]?.replaceAll('"', '') ?? null;
}
