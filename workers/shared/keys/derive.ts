import { fromBase64, utf8 } from '../encoding.ts';

/** Shorter master secrets are refused: a guessable one would open everything. */
const MIN_MASTER_BYTES = 32;

/**
 * Everything internal is derived from one deployment secret by purpose, so that a key for one thing is useless for
 * another. @see RFC 5869 (HKDF)
 */
async function masterKey(masterSecret: string): Promise<CryptoKey> {
  const bytes = fromBase64(masterSecret);
  if (bytes.byteLength < MIN_MASTER_BYTES)
    throw new Error(`MASTER_SECRET must be base64 of at least ${MIN_MASTER_BYTES} bytes`);
  return crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
}

function hkdf(purpose: string): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: utf8(purpose) } as HkdfParams;
}

interface HkdfParams {
  name: 'HKDF';
  hash: string;
  salt: Uint8Array<ArrayBuffer>;
  info: Uint8Array<ArrayBuffer>;
}

export async function deriveHmacKey(masterSecret: string, purpose: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  return crypto.subtle.deriveKey(hkdf(purpose), await masterKey(masterSecret), algorithm, false, ['sign', 'verify']);
}

export async function deriveSealingKey(masterSecret: string, purpose: string): Promise<CryptoKey> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(hkdf(purpose), await masterKey(masterSecret), algorithm, false, [
    'encrypt',
    'decrypt',
  ]);
}
