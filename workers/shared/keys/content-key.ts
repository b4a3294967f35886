import {
  CONTENT_KEY_BYTES,
  contentKeyBinding,
  KEY_ID_BYTES,
  type ContentKeyScheme,
  type StoredContentKey,
} from '#core/token/content-key.ts';
import { fromBase64, randomBytes, toBase64url, utf8 } from '../encoding.ts';
import { deriveSealingKey } from './derive.ts';

/** AES-GCM's nonce. Random ones are good for 2^32 keys under one secret. @see NIST SP 800-38D 8.2.2, 8.3 */
const NONCE_BYTES = 12;
const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES;

/** What a content key is the key of; a seal opens nowhere else. */
export interface KeyedVersion {
  readonly assetId: string;
  readonly version: string;
  readonly scheme: ContentKeyScheme;
}

export interface ContentKey {
  readonly keyId: Uint8Array<ArrayBuffer>;
  readonly key: Uint8Array<ArrayBuffer>;
}

/** Derived once per secret: deriving costs as much as opening. */
let cached: { readonly masterSecret: string; readonly key: Promise<CryptoKey> } | null = null;

function sealingKey(masterSecret: string): Promise<CryptoKey> {
  if (cached?.masterSecret !== masterSecret)
    cached = { masterSecret, key: deriveSealingKey(masterSecret, 'content-keys|v1') };
  return cached.key;
}

export function makeContentKey(): ContentKey {
  return { keyId: randomBytes(KEY_ID_BYTES), key: randomBytes(CONTENT_KEY_BYTES) };
}

export async function sealContentKey(
  masterSecret: string,
  of: KeyedVersion,
  { keyId, key }: ContentKey,
): Promise<StoredContentKey> {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(keyId);
  head.set(randomBytes(NONCE_BYTES), KEY_ID_BYTES);
  const body = await crypto.subtle.encrypt(algorithm(of, head), await sealingKey(masterSecret), key);
  return { scheme: of.scheme, sealed: toBase64url(new Uint8Array([...head, ...new Uint8Array(body)])) };
}

/** null for what this deployment did not seal for this very version and scheme. */
export async function openContentKey(
  masterSecret: string,
  of: KeyedVersion,
  sealed: string,
): Promise<ContentKey | null> {
  const bytes = fromBase64(sealed);
  const head = bytes.subarray(0, HEAD_BYTES);
  try {
    const key = await crypto.subtle.decrypt(
      algorithm(of, head),
      await sealingKey(masterSecret),
      bytes.subarray(HEAD_BYTES),
    );
    return { keyId: head.slice(0, KEY_ID_BYTES), key: new Uint8Array(key) };
  } catch {
    return null;
  }
}

/** The key id is in the additional data too: with another one in front, the seal is broken. */
function algorithm({ scheme, assetId, version }: KeyedVersion, head: Uint8Array<ArrayBuffer>): AesGcmParams {
  const binding = utf8(contentKeyBinding(scheme, assetId, version));
  const additionalData = new Uint8Array(KEY_ID_BYTES + binding.byteLength);
  additionalData.set(head.subarray(0, KEY_ID_BYTES));
  additionalData.set(binding, KEY_ID_BYTES);
  return { name: 'AES-GCM', iv: head.subarray(KEY_ID_BYTES), additionalData };
}

interface AesGcmParams {
  name: 'AES-GCM';
  iv: Uint8Array<ArrayBuffer>;
  additionalData: Uint8Array<ArrayBuffer>;
}
