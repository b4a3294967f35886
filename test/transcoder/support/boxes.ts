/** Boxes of ISO/IEC 14496-12, to write files by hand that no encoder would write. */
import { childBoxes } from '../../../transcoder/package/read-boxes.ts';

type Part = Buffer | string | readonly number[];

const toBuffer = (part: Part): Buffer =>
  typeof part === 'string' ? Buffer.from(part, 'latin1') : part instanceof Buffer ? part : Buffer.from(part);

export function box(type: string, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(parts.map(toBuffer));
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]);
}

export function fullBox(type: string, ...parts: readonly Part[]): Buffer {
  return box(type, u32(0), ...parts);
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, n) => bytes.writeUInt32BE(value >>> 0, n * 4));
  return bytes;
}

export function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, n) => bytes.writeUInt16BE(value, n * 2));
  return bytes;
}

const CONTAINERS = new Set(['moov', 'trak', 'edts', 'mdia', 'minf', 'dinf', 'stbl']);

/** What becomes of a box: other bytes, several boxes, or none. */
export type BoxEdit = (body: Buffer, whole: Buffer) => Buffer;

/**
 * Rewrites boxes wherever they stand and corrects the lengths around them. The index must come after the pictures, so that
 * these stay where it says.
 */
export function editBoxes(file: Buffer, edits: Readonly<Record<string, BoxEdit>>): Buffer {
  return Buffer.concat(
    childBoxes(file).map(({ type, body, bytes }) => {
      const whole = CONTAINERS.has(type) ? box(type, editBoxes(body, edits)) : bytes;
      return edits[type]?.(body, whole) ?? whole;
    }),
  );
}

/** A copy of `body` with 32-bit numbers written over it. */
export function patched(body: Buffer, numbers: Readonly<Record<number, number>>): Buffer {
  const bytes = Buffer.from(body);
  for (const [offset, value] of Object.entries(numbers)) bytes.writeUInt32BE(value >>> 0, Number(offset));
  return bytes;
}

export interface StillMovie {
  /** FourCC of the sample entry, e.g. `jpeg`. */
  readonly format: string;
  /** What the container says, which need not be what the picture is. */
  readonly width: number;
  readonly height: number;
  readonly picture: Buffer;
  readonly frames?: number;
  readonly secondsPerFrame?: number;
}

/** A QuickTime file that shows one picture again and again: every frame lies at the same place. */
export function stillMovie(movie: StillMovie): Buffer {
  const { format, width, height, picture, frames = 1, secondsPerFrame = 1 } = movie;
  const ftyp = box('ftyp', 'qt  ', u32(0), 'qt  ');
  const [timescale, duration] = [1000, frames * secondsPerFrame * 1000];
  const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
  const entry = box(
    format,
    ...[Buffer.alloc(6), u16(1), Buffer.alloc(16), u16(width, height), u32(0x480000, 0x480000, 0)],
    ...[u16(1), Buffer.alloc(32), u16(24, 0xffff)],
  );
  const stbl = box(
    'stbl',
    fullBox('stsd', u32(1), entry),
    fullBox('stts', u32(1, frames, secondsPerFrame * 1000)),
    fullBox('stsc', u32(1, 1, 1, 1)),
    fullBox('stsz', u32(picture.length, frames)),
    fullBox('stco', u32(frames, ...Array.from({ length: frames }, () => ftyp.length + 8))),
  );
  const dinf = box('dinf', fullBox('dref', u32(1), box('url ', u32(1))));
  const minf = box('minf', box('vmhd', u32(1, 0, 0)), dinf, stbl);
  const mdia = box(
    'mdia',
    fullBox('mdhd', u32(0, 0, timescale, duration, 0)),
    fullBox('hdlr', 'mhlrvide', Buffer.alloc(13)),
    minf,
  );
  const tkhd = box('tkhd', u32(7, 0, 0, 1, 0, duration, 0, 0, 0, 0), matrix, u32(width * 65536, height * 65536));
  const mvhd = fullBox(
    'mvhd',
    u32(0, 0, timescale, duration, 0x10000, 0x1000000, 0, 0),
    matrix,
    u32(0, 0, 0, 0, 0, 0, 2),
  );
  return Buffer.concat([ftyp, box('mdat', picture), box('moov', mvhd, box('trak', tkhd, mdia))]);
}
