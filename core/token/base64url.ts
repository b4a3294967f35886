/** Last characters that leave no stray bits, by the length of the group that they end (RFC 4648 3.5). */
const CANONICAL_TAIL: Readonly<Record<number, RegExp>> = { 2: /[AQgw]$/, 3: /[AEIMQUYcgkosw048]$/ };

/** True for unpadded base64url whose unused trailing bits are zero: one text for one sequence of bytes. */
export function isCanonicalBase64url(text: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return false;
  const tail = text.length % 4;
  if (tail === 1) return false;
  return tail === 0 || CANONICAL_TAIL[tail]?.test(text) === true;
}
