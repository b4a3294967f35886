import { fromBase64, randomBytes, toBase64url, utf8 } from '../encoding.ts';
import { deriveSealingKey } from './derive.ts';

/** AES-GCM's nonce. @see NIST SP 800-38D 8.2.2 */
const NONCE_BYTES = 12;

/** What a sealed text is for, and whose it is: put in another row, it does not open. */
export interface SealContext {
  readonly masterSecret: string;
  /** Names the key, e.g. `signing-keys|v1`. */
  readonly purpose: string;
  /** The row's id. */
  readonly owner: string;
}

export async function seal({ masterSecret, purpose, owner }: SealContext, text: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES);
  const key = await deriveSealingKey(masterSecret, purpose);
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: utf8(owner) };
  const sealed = await crypto.subtle.encrypt(algorithm, key, utf8(text));
  return `${toBase64url(nonce)}.${toBase64url(new Uint8Array(sealed))}`;
}

/** Throws where the text was sealed for something else, or was changed. */
export async function unseal({ masterSecret, purpose, owner }: SealContext, sealed: string): Promise<string> {
  const [nonce = '', body = ''] = sealed.split('.');
  const key = await deriveSealingKey(masterSecret, purpose);
  const algorithm = { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: utf8(owner) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, fromBase64(body)));
}
