/**
 * A playlist as lines, not as a model: what we do not understand passes through byte for byte, so that a tag of
 * tomorrow survives a proxy of today. `serializePlaylist(parsePlaylist(text)) === text` for every input.
 *
 * @see RFC 8216bis 4.1
 */
export type PlaylistLine =
  | { readonly kind: 'tag'; readonly name: string; readonly value: string; readonly raw: string; readonly end: string }
  | { readonly kind: 'uri'; readonly uri: string; readonly raw: string; readonly end: string }
  | { readonly kind: 'other'; readonly raw: string; readonly end: string };

export function parsePlaylist(text: string): PlaylistLine[] {
  const lines: PlaylistLine[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const stop = newline === -1 ? text.length : newline;
    const carriage = newline !== -1 && stop > start && text.charCodeAt(stop - 1) === 13;
    const raw = text.slice(start, carriage ? stop - 1 : stop);
    const end = newline === -1 ? '' : carriage ? '\r\n' : '\n';
    lines.push(parseLine(raw, end));
    start = newline === -1 ? text.length : newline + 1;
  }
  return lines;
}

function parseLine(raw: string, end: string): PlaylistLine {
  if (raw.startsWith('#EXT')) {
    const colon = raw.indexOf(':');
    return colon === -1
      ? { kind: 'tag', name: raw.slice(1), value: '', raw, end }
      : { kind: 'tag', name: raw.slice(1, colon), value: raw.slice(colon + 1), raw, end };
  }
  const uri = raw.trim();
  if (uri === '' || raw.startsWith('#') || raw.startsWith('\uFEFF#')) return { kind: 'other', raw, end };
  return { kind: 'uri', uri, raw, end };
}

export function serializePlaylist(lines: readonly PlaylistLine[]): string {
  let text = '';
  for (const { raw, end } of lines) text += raw + end;
  return text;
}
