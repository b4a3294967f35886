import { toBase64url, utf8 } from '../encoding.ts';
import { deriveHmacKey } from './derive.ts';

/** 132 bits: no two viewers of any deployment share a hash; a pass carries the first 48 of them. */
const HASH_CHARS = 22;

let cached: { readonly masterSecret: string; readonly key: Promise<CryptoKey> } | null = null;

/** Names a viewer where the id itself must not stand: in a pass, in the table of revocations. */
export async function hashViewer(masterSecret: string, viewerId: string): Promise<string> {
  if (cached?.masterSecret !== masterSecret)
    cached = { masterSecret, key: deriveHmacKey(masterSecret, 'viewer-hash|v1') };
  const mac = await crypto.subtle.sign('HMAC', await cached.key, utf8(viewerId));
  return toBase64url(new Uint8Array(mac)).slice(0, HASH_CHARS);
}
