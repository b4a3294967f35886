import type { FileHandle } from 'node:fs/promises';
import { MAX_BOX_BYTES } from '../limits.ts';

/** A box of ISO/IEC 14496-12: where its body lies inside the buffer that `data` looks at. */
export interface Box {
  readonly type: string;
  /** Header and body. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

/** A top-level box in a file; its body is read only where the packager needs it. */
export interface FileBox {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

/** The files are ffmpeg's own output, so what does not parse is a bug and not a caller's mistake. */
export class BoxError extends Error {
  override readonly name = 'BoxError';
}

export async function listFileBoxes(file: FileHandle, sizeBytes: number): Promise<readonly FileBox[]> {
  const boxes: FileBox[] = [];
  const header = Buffer.alloc(16);
  for (let offset = 0; offset + 8 <= sizeBytes;) {
    await file.read(header, 0, 16, offset);
    const short = header.readUInt32BE(0);
    const length = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
    const type = header.toString('latin1', 4, 8);
    if (length < 8 || offset + length > sizeBytes) throw new BoxError(`${type} at ${offset} has length ${length}`);
    boxes.push({ type, offset, length });
    offset += length;
  }
  return boxes;
}

export async function readFileBox(file: FileHandle, box: FileBox): Promise<Box> {
  if (box.length > MAX_BOX_BYTES) throw new BoxError(`${box.type} has ${box.length} bytes`);
  const bytes = Buffer.alloc(box.length);
  await file.read(bytes, 0, box.length, box.offset);
  return { type: box.type, bytes, body: bytes.subarray(8) };
}

export function childBoxes(body: Buffer): readonly Box[] {
  const boxes: Box[] = [];
  for (let offset = 0; offset + 8 <= body.length;) {
    const length = body.readUInt32BE(offset);
    if (length < 8 || offset + length > body.length) throw new BoxError(`child box at ${offset} has length ${length}`);
    const bytes = body.subarray(offset, offset + length);
    boxes.push({ type: bytes.toString('latin1', 4, 8), bytes, body: bytes.subarray(8) });
    offset += length;
  }
  return boxes;
}

export function findBox(body: Buffer, type: string): Box | null {
  return childBoxes(body).find((box) => box.type === type) ?? null;
}

/** Follows a path of box types, e.g. `trak mdia minf stbl stsd`. */
export function requireBox(body: Buffer, ...path: readonly [string, ...string[]]): Box {
  let current = body;
  let found: Box | null = null;
  for (const type of path) {
    found = findBox(current, type);
    if (found === null) throw new BoxError(`no ${type} in ${path.join('/')}`);
    current = found.body;
  }
  if (found === null) throw new BoxError('empty path');
  return found;
}
