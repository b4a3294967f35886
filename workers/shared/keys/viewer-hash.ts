import { toBase64url, utf8 } from '../encoding.ts';
import { deriveHmacKey } from './derive.ts';

/** 132 bits: no two viewers of any deployment share a hash; a pass carries the first 48 of them. */
const HASH_CHARS = 22;

/** A hash is one text for ever, and a session asks for its two again at every swipe. */
const MAX_CACHED_HASHES = 1_000;

let cached: HashesOfSecret | null = null;

interface HashesOfSecret {
  readonly masterSecret: string;
  readonly key: Promise<CryptoKey>;
  readonly hashes: Map<string, string>;
}

/** Names a viewer where the id itself must not stand: in a pass, in the table of revocations. */
export async function hashViewer(masterSecret: string, viewerId: string): Promise<string> {
  if (cached?.masterSecret !== masterSecret)
    cached = { masterSecret, key: deriveHmacKey(masterSecret, 'viewer-hash|v1'), hashes: new Map() };
  const { key, hashes } = cached;
  const known = hashes.get(viewerId);
  if (known !== undefined) return known;
  const mac = await crypto.subtle.sign('HMAC', await key, utf8(viewerId));
  const hash = toBase64url(new Uint8Array(mac)).slice(0, HASH_CHARS);
  if (hashes.size >= MAX_CACHED_HASHES) hashes.clear();
  hashes.set(viewerId, hash);
  return hash;
}
