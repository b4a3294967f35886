/**
 * Boxes of ISO/IEC 14496-12, read from as many bytes as there are: what lies beyond the end of a range that was read is
 * not an error, it is only not known.
 */
export interface Box {
  readonly type: string;
  /** Of the body, behind size and type. */
  readonly start: number;
  /** Of the box as it says; may lie beyond the bytes. */
  readonly end: number;
}

/** Stops at what cannot be a box, so that no bytes make it run on. */
export function boxesIn(bytes: Uint8Array, from = 0, to: number = Number.POSITIVE_INFINITY): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= Math.min(to, bytes.byteLength);) {
    const size = readUint32(bytes, at) ?? 0;
    if (size < 8 || at + size > to) break;
    boxes.push({ type: typeAt(bytes, at + 4), start: at + 8, end: at + size });
    at += size;
  }
  return boxes;
}

/** Follows a path of types, the first of each. */
export function findBox(bytes: Uint8Array, parent: Box | null, ...path: readonly string[]): Box | null {
  let found = parent;
  for (const type of path) {
    const children = found === null ? boxesIn(bytes) : boxesIn(bytes, found.start, found.end);
    found = children.find((child) => child.type === type) ?? null;
    if (found === null) return null;
  }
  return found;
}

/** null where the bytes end before. */
export function readUint32(bytes: Uint8Array, at: number): number | null {
  if (at < 0 || at + 4 > bytes.byteLength) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

export function readUint64(bytes: Uint8Array, at: number): number | null {
  if (at < 0 || at + 8 > bytes.byteLength) return null;
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at));
}

export function typeAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
