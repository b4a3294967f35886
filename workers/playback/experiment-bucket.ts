import { EXPERIMENT_BUCKETS } from '#core/catalog/limits.ts';
import { utf8 } from '#shared/encoding.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';

let cached: { readonly masterSecret: string; readonly key: Promise<CryptoKey> } | null = null;

/** Always the same for one viewer and experiment, and nobody without the secret can tell or choose it. */
export async function bucketOf(masterSecret: string, viewerId: string, experiment: string): Promise<number> {
  if (cached?.masterSecret !== masterSecret)
    cached = { masterSecret, key: deriveHmacKey(masterSecret, 'experiment-bucket|v1') };
  const mac = await crypto.subtle.sign('HMAC', await cached.key, utf8(`${experiment}\n${viewerId}`));
  // Of 2^32 values the buckets get the same number but for 96: one in 45 million viewers is off.
  return new DataView(mac).getUint32(0) % EXPERIMENT_BUCKETS;
}
