/**
 * Content keys: one random key for each version of an asset. It is stored and travels sealed (AES-GCM, in
 * workers/shared/keys/content-key.ts); the names, sizes and what binds a seal to its place are here.
 *
 * - `aes-128` whole segments under AES-128-CBC, the key fetched as 16 bytes (RFC 8216bis 4.4.4.4, METHOD=AES-128)
 * - `cbcs` samples under Common Encryption's `cbcs`, the key given as a W3C Clear Key license (METHOD=SAMPLE-AES)
 */
export type ContentKeyScheme = 'aes-128' | 'cbcs';

/** AES-128 in both schemes. */
export const CONTENT_KEY_BYTES = 16;
/** Common Encryption's KID has this size, and one form of id serves both schemes. */
export const KEY_ID_BYTES = 16;

/** A sealed key as D1 and the path of a key have it. */
export interface StoredContentKey {
  readonly scheme: ContentKeyScheme;
  /** 80 characters of base64url: key id (16 bytes), nonce (12), key (16) and tag (16). No bits are left over, so one text is one seal. */
  readonly sealed: string;
}

/** In characters of the sealed text: 16 bytes, and the two bits that its 22nd character holds beside them. */
const KEY_ID_CHARS = 22;

/** What a seal is bound to: one moved to another version, or taken for another scheme, does not open. */
export function contentKeyBinding(scheme: ContentKeyScheme, assetId: string, version: string): string {
  return ['ck1', scheme, assetId, version].join('\n');
}

/** The key id (canonical base64url) that a sealed text begins with. */
export function keyIdOfSealed(sealed: string): string {
  const last = BASE64URL.indexOf(sealed[KEY_ID_CHARS - 1] ?? 'A');
  return sealed.slice(0, KEY_ID_CHARS - 1) + (BASE64URL[last & 0b110000] ?? 'A');
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** `0x…`, as playlists write bytes. @see RFC 8216bis 4.2 (hexadecimal-sequence) */
export function hexOfBase64url(text: string): string {
  let hex = '';
  let bits = 0;
  let held = 0;
  for (const char of text) {
    held = (held << 6) | BASE64URL.indexOf(char);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    hex += ((held >> bits) & 0xff).toString(16).padStart(2, '0');
    held &= (1 << bits) - 1;
  }
  return hex;
}
