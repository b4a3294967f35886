/**
 * `sk_{environment}_{8}_{43}_{6}`: where the key is from, which key it is, its secret, and a checksum of what stands
 * before. Scanners find the shape in leaked text and tell a real key from a sample; a mistyped one costs no look-up.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 62^43 is just above 2^256. */
const SECRET_LENGTH = 43;
const NAME_LENGTH = 8;
/** 62^6 is above 2^32. */
const CHECKSUM_LENGTH = 6;

/** One byte in 32 is thrown away, so this many give every character needed but for one time in 10^9. */
export const API_KEY_RANDOM_BYTES = 80;

const CHECKED = /^(sk_[a-z]{2,12}_[0-9A-Za-z]{8}_[0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;
/** Keys made before there was a checksum; they stay good. */
const UNCHECKED = /^sk_[a-z]{2,12}_[0-9A-Za-z]{8}_[0-9A-Za-z]{32,64}$/;

/** `randomBytes`: at least API_KEY_RANDOM_BYTES from a cryptographic source. `name`: 8 characters; random when null. */
export function formatApiKey(environment: string, name: string | null, randomBytes: Uint8Array): string {
  const random = base62Of(randomBytes);
  const named = name ?? random.slice(SECRET_LENGTH, SECRET_LENGTH + NAME_LENGTH);
  const key = `sk_${environment}_${named}_${random.slice(0, SECRET_LENGTH)}`;
  if (!CHECKED.test(`${key}_000000`)) throw new Error('too few random bytes, or a name that no key may have');
  return `${key}_${checksumOf(key)}`;
}

export function isApiKey(text: string): boolean {
  const [, key, checksum] = CHECKED.exec(text) ?? [];
  return key === undefined ? UNCHECKED.test(text) : checksumOf(key) === checksum;
}

/** A byte that would favour the first characters of the alphabet is left out. */
function base62Of(bytes: Uint8Array): string {
  const fair = [...bytes].filter((byte) => byte < 248);
  return fair.map((byte) => ALPHABET[byte % 62]).join('');
}

function checksumOf(key: string): string {
  let rest = crc32(key);
  let text = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    text = `${ALPHABET[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Of ASCII. @see ISO/IEC 3309 */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
