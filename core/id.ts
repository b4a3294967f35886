/** Crockford's base32 in lower case: no `i l o u`, sorts as its value does. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What an id names; the prefix tells a reader of a log or a URL which table it is from. */
export type IdPrefix =
  | 'hls'
  | 'ser'
  | 'sea'
  | 'arc'
  | 'ep'
  | 'ast'
  | 'ver'
  | 'job'
  | 'key'
  | 'txn'
  | 'unl'
  | 'grt'
  | 'lot'
  | 'quo'
  | 'mrg'
  | 'src'
  | 'drp'
  | 'aud'
  | 'whe'
  | 'evt'
  | 'adi'
  | 'pur'
  | 'adj'
  | 'upl'
  | 'alr'
  | 'cap';

/**
 * `ep_01j…`: 48 bits of time, then 80 random bits, as ULID has them, so ids sort by creation.
 *
 * `randomBytes` must hold at least 16 bytes from a cryptographic source; each gives one character.
 */
export function newId(prefix: IdPrefix, nowMs: number, randomBytes: Uint8Array): string {
  let time = '';
  for (let rest = Math.floor(nowMs), i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    time = ALPHABET[rest % 32] + time;
  let random = '';
  for (let i = 0; i < 16; i++) random += ALPHABET[(randomBytes[i] ?? 0) & 31];
  return `${prefix}_${time}${random}`;
}

/** An id that follows from content: the same digest, of at least 26 bytes, always gives the same one. */
export function idOfDigest(prefix: IdPrefix, digest: Uint8Array): string {
  return `${prefix}_${Array.from(digest.subarray(0, 26), (byte) => ALPHABET[byte & 31]).join('')}`;
}

/** Ids as they stand in paths and storage keys: nothing that a path or a key could read as structure. */
export const ID_PATTERN: RegExp = /^[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}$/;
