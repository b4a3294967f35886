import { passSigningInput, type MediaPass, type MediaPath } from '#core/token/media-pass.ts';
import { equalInConstantTime, toBase64url, utf8 } from '../encoding.ts';
import { deriveHmacKey } from './derive.ts';

/** 128 bits: what is left of the HMAC in the path. */
const TAG_BYTES = 16;

/** Imported keys by epoch; importing costs as much as a signature (security.md 1.6). At most three days are live. */
const keysByEpoch = new Map<string, Promise<CryptoKey>>();
const MAX_CACHED_KEYS = 8;

function passKey(masterSecret: string, epoch: number): Promise<CryptoKey> {
  const cacheKey = `${masterSecret}|${epoch}`;
  const cached = keysByEpoch.get(cacheKey);
  if (cached) return cached;
  if (keysByEpoch.size >= MAX_CACHED_KEYS) keysByEpoch.clear();
  const key = deriveHmacKey(masterSecret, `media-pass|v1|${epoch}`);
  keysByEpoch.set(cacheKey, key);
  return key;
}

export async function signPass(
  masterSecret: string,
  pass: MediaPass,
  assetId: string,
  version: string,
): Promise<string> {
  const key = await passKey(masterSecret, pass.kid);
  const mac = await crypto.subtle.sign('HMAC', key, utf8(passSigningInput(pass, assetId, version)));
  return toBase64url(new Uint8Array(mac, 0, TAG_BYTES));
}

/** Call after `checkPassBounds`: that one bounds the epoch, so that no made-up one costs a derivation. */
export async function verifyPassTag(masterSecret: string, path: MediaPath): Promise<boolean> {
  const expected = await signPass(masterSecret, path.pass, path.assetId, path.version);
  return equalInConstantTime(expected, path.tag);
}
