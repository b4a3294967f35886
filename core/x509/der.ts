/** One element of DER. @see ITU-T X.690 8.1, 10.1 */
export interface DerElement {
  readonly tag: number;
  /** Tag, length and content: what signatures are made over. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array<ArrayBuffer>;
}

export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** The one element that the bytes are; null when they are anything else, or when something follows. */
export function readDer(bytes: Uint8Array<ArrayBuffer>): DerElement | null {
  const [only, ...more] = readDerList(bytes) ?? [];
  return only === undefined || more.length > 0 ? null : only;
}

/** The elements that stand one after the other; null when one is cut off or not in its shortest form. */
export function readDerList(bytes: Uint8Array<ArrayBuffer>): DerElement[] | null {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const element = readAt(bytes, at);
    if (element === null) return null;
    elements.push(element);
    at += element.bytes.byteLength;
  }
  return elements;
}

function readAt(bytes: Uint8Array<ArrayBuffer>, at: number): DerElement | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  // Tags of more than one byte are in no certificate.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 is the indefinite form, which DER has not; a certificate never needs four bytes of length.
  if (first === 0x80 || lengthBytes > 3) return null;
  let length = first;
  if (lengthBytes > 0) {
    length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    if (length < 0x80 || length < 256 ** (lengthBytes - 1)) return null;
  }
  const start = at + 2 + lengthBytes;
  const end = start + length;
  if (end > bytes.byteLength) return null;
  return { tag, bytes: bytes.subarray(at, end), content: bytes.subarray(start, end) };
}

/** `1.2.840…`; null when the bytes are no object identifier. @see ITU-T X.690 8.19 */
export function readOid({ tag, content }: DerElement): string | null {
  const last = content.at(-1);
  if (tag !== DER.objectIdentifier || last === undefined || last >= 0x80) return null;
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) return null;
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, at) => byte === b[at]);
}
