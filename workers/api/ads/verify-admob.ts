import { isListedAdUnit, parseAdmobCallback, type AdmobCallback } from '#core/ads/admob-callback.ts';
import { rawFromDer } from '#core/ads/ecdsa-der.ts';
import { AD_INTENT_TTL_SECONDS, MAX_CALLBACK_AHEAD_SECONDS } from '#core/ads/limits.ts';
import { err, ok, type Result } from '#core/result.ts';
import { fromBase64, utf8 } from '#shared/encoding.ts';
import { findAdmobKey } from './admob-keys.ts';

/** Why a callback is nobody's word. */
export type AdmobRefusal = 'malformed' | 'key' | 'signature' | 'timestamp' | 'ad-unit';

/**
 * True to what Google signed. Its keys are those of all of AdMob: anybody can point an ad unit of their own at this
 * address and have Google sign for it, so the ad unit must be on the operator's list; an empty list takes none.
 */
export async function verifyAdmob(
  env: Pick<ApiEnv, 'ADMOB_KEYS_URL' | 'ADMOB_AD_UNITS'>,
  query: string,
  nowMs: number,
): Promise<Result<AdmobCallback, AdmobRefusal>> {
  const callback = parseAdmobCallback(query);
  if (callback === null) return err('malformed');
  const key = await findAdmobKey(env.ADMOB_KEYS_URL, callback.keyId, nowMs);
  if (key === null) return err('key');
  if (!(await isSigned(callback, key))) return err('signature');
  const ageMs = nowMs - callback.timestampMs;
  if (ageMs > AD_INTENT_TTL_SECONDS * 1_000 || ageMs < -MAX_CALLBACK_AHEAD_SECONDS * 1_000) return err('timestamp');
  // Without custom data nothing can be counted; the console of AdMob tests a new address so, with an ad unit of Google's.
  if (callback.customData !== null && !isListedAdUnit(callback.adUnit, env.ADMOB_AD_UNITS)) return err('ad-unit');
  return ok(callback);
}

async function isSigned({ signature, signedText }: AdmobCallback, key: CryptoKey): Promise<boolean> {
  const raw = rawFromDer(decode(signature));
  if (raw === null) return false;
  return crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    raw as Uint8Array<ArrayBuffer>,
    utf8(signedText),
  );
}

/** Of a length that no encoding has, base64 is refused with an exception. */
function decode(base64url: string): Uint8Array {
  return base64url.length % 4 === 1 ? new Uint8Array() : fromBase64(base64url);
}
