import { DAY_MS } from '#core/time/utc-day.ts';
import { fromBase64, randomBytes, toBase64url, utf8 } from '#shared/encoding.ts';
import { deriveSealingKey } from '#shared/keys/derive.ts';

/**
 * What an app hands to an ad and its network hands back: enough to find the intent, in the viewer's object, without a
 * table. Sealed, so that no network learns who its viewers are here and nobody makes one up.
 */
export interface AdReference {
  readonly viewerId: string;
  readonly intentId: string;
}

/** AES-GCM's nonce. @see NIST SP 800-38D 8.2.2 */
const NONCE_BYTES = 12;

const FORM = /^([0-9a-z]{1,6})\.([A-Za-z0-9_-]{40,400})$/;

/** A key a day: random nonces of one key must stay far below 2^32 (NIST SP 800-38D 8.3). */
function sealingKey(masterSecret: string, day: string): Promise<CryptoKey> {
  return deriveSealingKey(masterSecret, `ad-intents|v1|${day}`);
}

export async function sealCustomData(masterSecret: string, reference: AdReference, nowMs: number): Promise<string> {
  const day = Math.floor(nowMs / DAY_MS).toString(36);
  const nonce = randomBytes(NONCE_BYTES);
  const text = utf8(`${reference.intentId}\n${reference.viewerId}`);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await sealingKey(masterSecret, day), text);
  return `${day}.${toBase64url(new Uint8Array([...nonce, ...new Uint8Array(sealed)]))}`;
}

/** null for anything that this deployment did not seal. */
export async function openCustomData(masterSecret: string, customData: string): Promise<AdReference | null> {
  const [, day, body] = FORM.exec(customData) ?? [];
  if (day === undefined || body === undefined) return null;
  try {
    const bytes = fromBase64(body);
    const iv = bytes.subarray(0, NONCE_BYTES);
    const key = await sealingKey(masterSecret, day);
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes.subarray(NONCE_BYTES));
    const [intentId = '', viewerId = ''] = new TextDecoder().decode(opened).split('\n');
    return { intentId, viewerId };
  } catch {
    return null;
  }
}
