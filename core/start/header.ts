import { err, ok, type Result } from '../result.ts';
import { MAX_START_HEADER_BYTES, MAX_START_PART_BYTES, MAX_START_PARTS } from './limits.ts';

/**
 * The start-up bundle: what a player needs to show the first frame, as one body that can be read while it arrives.
 *
 *     "CHS1" · length of the header (uint32, big-endian) · header (JSON) · the parts, in its order, nothing between
 *
 * docs/decisions/037-start-up-bundle.md
 */
export const START_CONTENT_TYPE = 'application/vnd.cliffhanger.start';
export const START_MAGIC = 'CHS1';
/** Magic and length. */
export const START_PREFIX_BYTES = 8;

export interface StartPart {
  /** Relative to `/m/{pass}/{asset}/{version}/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the whole object, where the part is only its beginning. */
  readonly ofBytes?: number;
}

export type StartDenial =
  | { readonly reason: 'not_a_bundle'; readonly magic: string }
  | { readonly reason: 'header_too_long'; readonly headerBytes: number }
  | { readonly reason: 'header_malformed'; readonly member: string }
  | { readonly reason: 'too_many_parts'; readonly count: number }
  | { readonly reason: 'path_refused'; readonly path: string }
  | { readonly reason: 'path_repeated'; readonly path: string }
  | { readonly reason: 'size_refused'; readonly path: string }
  | { readonly reason: 'truncated'; readonly path: string | null; readonly missingBytes: number }
  | { readonly reason: 'surplus'; readonly surplusBytes: number };

/** Names as a version has them and nothing else: a reader makes URLs of them. */
const PART_PATH =
  /^(?:multivariant(?:-[1-9][0-9]{0,3})?\.m3u8|(?:v[0-9]|a(?:0|[1-9][0-9]{0,2}))\/(?:media\.m3u8|init\.mp4|(?:0|[1-9][0-9]{0,3})\.m4s))$/;

/** Everything before the first part. Paths are ASCII, so characters are bytes. */
export function encodeStartHeader(parts: readonly StartPart[]): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify({ parts: parts.map(({ path, sizeBytes, ofBytes }) => ({ path, sizeBytes, ofBytes })) });
  const text = START_MAGIC + '\0'.repeat(START_PREFIX_BYTES - START_MAGIC.length) + json;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  new DataView(bytes.buffer).setUint32(START_MAGIC.length, json.length);
  return bytes;
}

/** The header's length, from the first eight bytes. */
export function readStartPrefix(prefix: Uint8Array): Result<number, StartDenial> {
  const magic = asciiOf(prefix.subarray(0, START_MAGIC.length));
  if (magic !== START_MAGIC) return err({ reason: 'not_a_bundle', magic });
  const headerBytes = new DataView(prefix.buffer, prefix.byteOffset).getUint32(START_MAGIC.length);
  return headerBytes > MAX_START_HEADER_BYTES ? err({ reason: 'header_too_long', headerBytes }) : ok(headerBytes);
}

export function parseStartHeader(header: Uint8Array): Result<readonly StartPart[], StartDenial> {
  const named = partsOf(asciiOf(header));
  if (named === null) return err({ reason: 'header_malformed', member: 'parts' });
  if (named.length > MAX_START_PARTS) return err({ reason: 'too_many_parts', count: named.length });
  const parts = new Map<string, StartPart>();
  for (const each of named) {
    const part = checkPart(each);
    if (!part.ok) return part;
    const { path } = part.value;
    if (parts.has(path)) return err({ reason: 'path_repeated', path });
    parts.set(path, part.value);
  }
  return ok([...parts.values()]);
}

function partsOf(json: string): unknown[] | null {
  try {
    const { parts } = JSON.parse(json) as { parts?: unknown };
    return Array.isArray(parts) && parts.length > 0 ? parts : null;
  } catch {
    return null;
  }
}

function checkPart(part: unknown): Result<StartPart, StartDenial> {
  const { path, sizeBytes, ofBytes } = (part ?? {}) as { path?: unknown; sizeBytes?: unknown; ofBytes?: unknown };
  if (typeof path !== 'string') return err({ reason: 'header_malformed', member: 'path' });
  if (!PART_PATH.test(path)) return err({ reason: 'path_refused', path: path.slice(0, 100) });
  if (!isSize(sizeBytes)) return err({ reason: 'size_refused', path });
  if (ofBytes === undefined) return ok({ path, sizeBytes });
  return isSize(ofBytes) && ofBytes > sizeBytes
    ? ok({ path, sizeBytes, ofBytes })
    : err({ reason: 'size_refused', path });
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_START_PART_BYTES;
}

function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
