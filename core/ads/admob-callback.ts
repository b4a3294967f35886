import { MAX_CALLBACK_QUERY_CHARS, TRANSACTION_ID_PATTERN } from './limits.ts';

/**
 * What AdMob's server-side verification says, before its signature is checked. Reward amount and item are left out: what
 * an ad is worth is the operator's policy here, not a field of the ad unit.
 *
 * @see https://developers.google.com/admob/android/ssv
 */
export interface AdmobCallback {
  /** The query up to the signature, byte for byte: what was signed. */
  readonly signedText: string;
  /** DER in base64url. */
  readonly signature: string;
  readonly keyId: string;
  readonly adUnit: string;
  readonly transactionId: string;
  readonly timestampMs: number;
  /** What the app handed to the ad; null when it handed nothing over, as the test of the AdMob console does. */
  readonly customData: string | null;
}

/** The signature and the key are always the last two, in this order; whatever stood behind them would be unsigned. */
const TAIL = /^signature=([A-Za-z0-9_-]{8,200})={0,2}&key_id=([0-9]{1,20})$/;

/** null for a query that AdMob does not send. */
export function parseAdmobCallback(query: string): AdmobCallback | null {
  const end = query.length > MAX_CALLBACK_QUERY_CHARS ? -1 : query.indexOf('&signature=');
  if (end < 0) return null;
  const tail = TAIL.exec(query.slice(end + 1));
  const signedText = query.slice(0, end);
  const parameters = parseOnce(signedText);
  if (tail === null || parameters === null) return null;
  const [, signature = '', keyId = ''] = tail;
  const adUnit = parameters.get('ad_unit') ?? '';
  const transactionId = parameters.get('transaction_id') ?? '';
  const timestamp = parameters.get('timestamp') ?? '';
  if (adUnit === '' || !TRANSACTION_ID_PATTERN.test(transactionId) || !/^[0-9]{1,15}$/.test(timestamp)) return null;
  const customData = parameters.get('custom_data') ?? null;
  return {
    signedText,
    signature,
    keyId,
    adUnit,
    transactionId,
    timestampMs: Number(timestamp),
    customData: customData === '' ? null : customData,
  };
}

/** Each name once: of two values of one name nobody could say which was meant. */
function parseOnce(text: string): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  for (const pair of text.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const value = decode(rest.join('='));
    if (value === null || parameters.has(name)) return null;
    parameters.set(name, value);
  }
  return parameters;
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** `ca-app-pub-…/123` in the operator's settings and `123` in a callback are the same ad unit. */
export function isListedAdUnit(adUnit: string, list: string): boolean {
  return list
    .split(',')
    .map((each) => each.trim().split('/').at(-1) ?? '')
    .some((each) => each !== '' && each === adUnit);
}
