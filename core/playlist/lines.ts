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

/** Tells the lines apart, and no more: a line's parts are cut out of the text when somebody asks for them. */
export function parsePlaylist(text: string): PlaylistLine[] {
  const lines: PlaylistLine[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    // One class for the three kinds, so that loops over lines meet one shape; `kind` says which of its parts are there.
    lines.push(scanLine(text, start, next) as PlaylistLine);
    start = next;
  }
  return lines;
}

/** Lines that still stand as they were written, one behind the other, are copied in one piece. */
export function serializePlaylist(lines: readonly PlaylistLine[]): string {
  let written = '';
  let source = '';
  let from = 0;
  let to = 0;
  for (const line of lines) {
    if (!(line instanceof ScannedLine)) {
      written += source.slice(from, to) + line.raw + line.end;
      from = to;
    } else if (line.start === to && line.source === source) {
      to = line.next;
    } else {
      written += source.slice(from, to);
      ({ source, start: from, next: to } = line);
    }
  }
  return written + source.slice(from, to);
}

/** A line as it was written: a place in the text of its playlist. */
class ScannedLine {
  readonly kind: PlaylistLine['kind'];
  /** Of a tag; empty for the other kinds. */
  readonly name: string;
  readonly source: string;
  readonly start: number;
  /** Where the line behind it begins. */
  readonly next: number;

  constructor(kind: PlaylistLine['kind'], name: string, source: string, start: number, next: number) {
    this.kind = kind;
    this.name = name;
    this.source = source;
    this.start = start;
    this.next = next;
  }

  get value(): string {
    return this.raw.slice(1 + this.name.length + 1);
  }

  get uri(): string {
    return this.raw.trim();
  }

  get raw(): string {
    return this.source.slice(this.start, stopOf(this));
  }

  get end(): string {
    return this.source.slice(stopOf(this), this.next);
  }
}

const HASH = 35;
const SPACE = 32;
const DELETE = 127;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Where the end of a line begins. A carriage return is part of it only before a line feed. */
function stopOf({ source, start, next }: ScannedLine): number {
  if (source.charCodeAt(next - 1) !== LINE_FEED) return next;
  return next - 2 >= start && source.charCodeAt(next - 2) === CARRIAGE_RETURN ? next - 2 : next - 1;
}

function scanLine(text: string, start: number, next: number): ScannedLine {
  const first = text.charCodeAt(start);
  if (first !== HASH) {
    const isUri = (first > SPACE && first < DELETE) || isUnusualUri(text.slice(start, next));
    return new ScannedLine(isUri ? 'uri' : 'other', '', text, start, next);
  }
  if (isInf(text, start)) return new ScannedLine('tag', 'EXTINF', text, start, next);
  const name = text.startsWith('#EXT', start) ? nameIn(text.slice(start + 1, next)) : '';
  return new ScannedLine(name === '' ? 'other' : 'tag', name, text, start, next);
}

/** Of a line that begins with a blank or with what is not ASCII. */
function isUnusualUri(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('\uFEFF#');
}

/** `#EXTINF:`, half of all tags there are. Character by character, as `startsWith` costs more than the rest of the scan. */
function isInf(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 4) === 73 &&
    text.charCodeAt(at + 5) === 78 &&
    text.charCodeAt(at + 6) === 70 &&
    text.charCodeAt(at + 7) === 58 &&
    text.charCodeAt(at + 1) === 69 &&
    text.charCodeAt(at + 2) === 88 &&
    text.charCodeAt(at + 3) === 84
  );
}

function nameIn(tag: string): string {
  const colon = tag.indexOf(':');
  return colon === -1 ? tag.replace(/\r?\n$/, '') : tag.slice(0, colon);
}
