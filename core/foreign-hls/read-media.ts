import { attribute } from '../playlist/attributes.ts';
import type { PlaylistLine } from '../playlist/lines.ts';
import { mapUris, withValue, type UriRole } from '../playlist/uris.ts';
import { isQueryDefinition, type Variables } from '../playlist/variables.ts';
import { bucketKey } from './bucket-key.ts';
import type { Evidence, ObjectSizes } from './evidence.ts';
import { extensionFor } from './media-types.ts';
import { readSegmentTags, type SegmentTags } from './segment-tags.ts';

/** A piece of the bucket under a name of ours, with the time that it belongs to. */
export interface PlacedObject {
  readonly file: string;
  readonly key: string;
  readonly offset: number | null;
  readonly sizeBytes: number;
  /** The Media Segment that first needs it. */
  readonly segment: number;
}

export interface ReadMedia {
  readonly lines: readonly PlaylistLine[];
  readonly durationsSeconds: readonly number[];
  readonly objects: readonly PlacedObject[];
  readonly dropped: ReadonlySet<string>;
  readonly evidence: readonly Evidence[];
}

export interface MediaSource {
  readonly lines: readonly PlaylistLine[];
  readonly key: string;
  readonly prefix: string;
  readonly sizes: ObjectSizes;
  readonly variables: Variables;
}

/** The number in a name has four digits. */
const MAX_SEGMENTS = 10_000;

const AES_128_KEY_BYTES = 16;

/** A Media Playlist with our names in it, each segment an object of its own also where it is a range of one file. */
export function readMedia(source: MediaSource): ReadMedia {
  const segments = readSegmentTags(source.lines);
  const placing = new Placing(source, segments);
  const mapped = mapUris(source.lines, (uri, role, line) => placing.place(uri, role, line), {
    imported: source.variables,
  });
  const lines = mapped.flatMap((line) => (isQueryDefinition(line) ? [] : withoutRange(line)));
  const problems = problemsOf(source.lines, segments);
  return {
    lines,
    durationsSeconds: segments.map(({ durationSeconds }) => durationSeconds ?? 0),
    objects: [...placing.objects.values()],
    dropped: placing.dropped,
    evidence: [...problems.map((reason) => ({ playlist: source.key, uri: null, reason })), ...placing.evidence],
  };
}

/** What makes a playlist one that we can serve: whole, of fixed length, cuttable. */
function problemsOf(lines: readonly PlaylistLine[], segments: readonly SegmentTags[]): string[] {
  const has = (name: string): boolean => lines.some((line) => line.kind === 'tag' && line.name === name);
  const first = lines[0]?.raw.replace('\uFEFF', '').trim();
  return [
    ...(first === '#EXTM3U' ? [] : ['does not begin with #EXTM3U']),
    ...(has('EXT-X-STREAM-INF') ? ['is a Multivariant Playlist where a Media Playlist is needed'] : []),
    ...(has('EXT-X-ENDLIST') ? [] : ['has no EXT-X-ENDLIST: only VOD that is whole can be imported']),
    ...(has('EXT-X-TARGETDURATION') ? [] : ['has no EXT-X-TARGETDURATION']),
    ...(has('EXT-X-I-FRAMES-ONLY') ? ['has I-frames only'] : []),
    ...(segments.length === 0 ? ['has no Media Segments'] : []),
    ...(segments.length > MAX_SEGMENTS ? [`has ${segments.length} Media Segments; at most ${MAX_SEGMENTS}`] : []),
    ...(segments.some(({ durationSeconds }) => durationSeconds === null) ? ['has a segment without EXTINF'] : []),
  ];
}

/** EXT-X-BYTERANGE goes: the name stands for the range. */
function withoutRange(line: PlaylistLine): PlaylistLine[] {
  if (line.kind !== 'tag') return [line];
  if (line.name === 'EXT-X-BYTERANGE') return [];
  if (line.name !== 'EXT-X-MAP' || attribute(line.value, 'BYTERANGE') === null) return [line];
  return [withValue(line, `URI="${attribute(line.value, 'URI')}"`)];
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Gives names to what the URIs of one playlist mean, in order. */
class Placing {
  readonly objects = new Map<string, PlacedObject>();
  readonly evidence: Evidence[] = [];
  readonly dropped = new Set<string>();
  readonly #source: MediaSource;
  readonly #segments: readonly SegmentTags[];
  /** Names already given to an init section or a key, by what they stand for. */
  readonly #names = new Map<string, string>();
  #segment = 0;
  #previous: { key: string; end: number } | null = null;
  #hasMap = false;
  #counts = { map: 0, key: 0 };

  constructor(source: MediaSource, segments: readonly SegmentTags[]) {
    this.#source = source;
    this.#segments = segments;
  }

  place(uri: string, role: UriRole, line: PlaylistLine): string | null {
    const resolved = bucketKey(this.#source.key, uri, this.#source.prefix);
    if (!resolved.ok) {
      this.#complain(uri, resolved.error);
      return null;
    }
    if (role === 'segment') return this.#placeSegment(uri, resolved.value);
    if (line.kind === 'tag' && role === 'map') return this.#placeMap(uri, resolved.value, line.value);
    if (line.kind === 'tag' && role === 'key') return this.#placeKey(uri, resolved.value, line.value);
    this.dropped.add(role);
    return null;
  }

  #placeSegment(uri: string, key: string): string {
    const number = this.#segment++;
    const tags = this.#segments[number];
    const file = `${number}.${extensionFor(key, this.#hasMap)}`;
    let range: Range | null = null;
    if (tags?.byteRange) {
      const { length, offset } = tags.byteRange;
      const start = offset ?? (this.#previous?.key === key ? this.#previous.end : null);
      if (start === null) this.#complain(uri, 'has an EXT-X-BYTERANGE without offset, and no range of it comes before');
      range = { offset: start ?? 0, length };
      this.#previous = { key, end: range.offset + length };
    } else this.#previous = null;
    // The object of a segment that is marked as a gap need not be there. @see RFC 8216bis 4.4.4.7
    if (!(tags?.isGap === true && !this.#source.sizes.has(key))) this.#add(file, uri, key, range, number);
    return file;
  }

  #placeMap(uri: string, key: string, value: string): string {
    this.#hasMap = true;
    const text = attribute(value, 'BYTERANGE');
    const match = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(text ?? '');
    if (text !== null && match === null) this.#complain(uri, 'has a BYTERANGE that cannot be read');
    const range = match && { length: Number(match[1]), offset: Number(match[2] ?? 0) };
    const known = this.#names.get(`map ${key} ${text}`);
    if (known !== undefined) return known;
    const count = this.#counts.map++;
    const file = count === 0 ? 'init.mp4' : `init-${count}.mp4`;
    this.#names.set(`map ${key} ${text}`, file);
    this.#add(file, uri, key, range, this.#segment);
    return file;
  }

  #placeKey(uri: string, key: string, value: string): string {
    const method = attribute(value, 'METHOD');
    const format = attribute(value, 'KEYFORMAT') ?? 'identity';
    if (method !== 'AES-128' || format !== 'identity') this.#complain(uri, `is encrypted with ${method} and ${format}`);
    const size = this.#source.sizes.get(key);
    if (size !== undefined && size !== AES_128_KEY_BYTES)
      this.#complain(uri, `has ${size} bytes, and an AES-128 key has ${AES_128_KEY_BYTES}`);
    const known = this.#names.get(`key ${key}`);
    if (known !== undefined) return known;
    const file = `${this.#counts.key++}.key`;
    this.#names.set(`key ${key}`, file);
    this.#add(file, uri, key, null, this.#segment);
    return file;
  }

  #add(file: string, uri: string, key: string, range: Range | null, segment: number): void {
    const size = this.#source.sizes.get(key);
    if (size === undefined) return this.#complain(uri, `is not in the bucket: ${key}`);
    const sizeBytes = range?.length ?? size;
    if (sizeBytes === 0) return this.#complain(uri, 'is empty');
    if (range && range.offset + range.length > size)
      return this.#complain(uri, `has ${size} bytes, less than its range`);
    this.objects.set(file, { file, key, offset: range?.offset ?? null, sizeBytes, segment });
  }

  #complain(uri: string, reason: string): void {
    this.evidence.push({ playlist: this.#source.key, uri, reason });
  }
}
