/** Bytes of each half of a P-256 signature. */
const HALF_BYTES = 32;

/**
 * An ECDSA signature as ASN.1 DER has it (`SEQUENCE { INTEGER r, INTEGER s }`), as `r || s`, which WebCrypto verifies.
 * null for anything else: DER has one form for each signature, and only that is taken.
 *
 * @see RFC 3279 2.2.3, ITU-T X.690 10.1
 */
export function rawFromDer(der: Uint8Array): Uint8Array | null {
  // Both halves together are shorter than 128 bytes, so every length is one byte.
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const r = readInteger(der, 2);
  if (r === null) return null;
  const s = readInteger(der, r.end);
  if (s === null || s.end !== der.length) return null;
  const raw = new Uint8Array(2 * HALF_BYTES);
  raw.set(r.bytes, HALF_BYTES - r.bytes.length);
  raw.set(s.bytes, 2 * HALF_BYTES - s.bytes.length);
  return raw;
}

/** A positive integer of at most 32 bytes, without its sign byte. */
function readInteger(der: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly end: number } | null {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  if (der[at] !== 0x02 || length === 0 || end > der.length) return null;
  const bytes = der.subarray(at + 2, end);
  const [first = 0, second = 0] = bytes;
  if (first >= 0x80) return null;
  // A zero in front is there only where the number would read as negative without it.
  if (first === 0 && second < 0x80) return null;
  const digits = first === 0 ? bytes.subarray(1) : bytes;
  return digits.length > HALF_BYTES ? null : { bytes: digits, end };
}
