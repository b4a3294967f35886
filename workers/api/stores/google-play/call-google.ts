import { importPKCS8, SignJWT } from 'jose';
import { UnavailableError } from '#shared/binding-call.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { reasonOf } from '#shared/log.ts';
import { MAX_STORE_ANSWER_BYTES, STORE_CALL_TIMEOUT_MS } from '../../limits.ts';
import type { GooglePlaySettings } from '../settings.ts';

const SCOPE = 'https://www.googleapis.com/auth/androidpublisher';
const TOKEN_TTL_SECONDS = 3_600;
/** A token is not used in its last minute: the call that it goes with takes time too. */
const TOKEN_MARGIN_MS = 60_000;

let cached: { readonly clientEmail: string; readonly token: string; readonly endsAtMs: number } | null = null;

export interface GoogleAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One call of the Android Publisher API. Throws what can be tried again; the rest is the answer. */
export async function callGoogle(
  settings: GooglePlaySettings,
  method: 'GET' | 'POST',
  path: string,
  nowMs: number,
): Promise<GoogleAnswer> {
  const authorization = `Bearer ${await accessToken(settings, nowMs)}`;
  const application = `/androidpublisher/v3/applications/${encodeURIComponent(settings.packageName)}`;
  const answer = await ask(`${settings.apiUrl}${application}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const { status } = answer;
  if (status === 401) cached = null;
  // Also what an operator has to set right, as a missing permission: the purchase must not be lost for it.
  if (status === 401 || status === 403 || status === 429 || status >= 500)
    throw new UnavailableError('store', `Google's API answered ${status}`);
  return answer;
}

/** @see RFC 7523 2.1 (JWT as an authorization grant) */
async function accessToken({ serviceAccount, tokenUrl }: GooglePlaySettings, nowMs: number): Promise<string> {
  const { clientEmail, privateKey } = serviceAccount;
  if (cached?.clientEmail === clientEmail && cached.endsAtMs > nowMs) return cached.token;
  const nowSeconds = Math.floor(nowMs / 1_000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(clientEmail)
    .setAudience(tokenUrl)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + TOKEN_TTL_SECONDS)
    .sign(await importPKCS8(privateKey, 'RS256'));
  const { status, body } = await ask(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
  });
  const granted = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { access_token: token, expires_in: seconds } = granted;
  if (status !== 200 || typeof token !== 'string')
    throw new UnavailableError('store', `Google's token endpoint answered ${status}`);
  const lifetimeMs = (typeof seconds === 'number' ? seconds : 0) * 1_000;
  cached = { clientEmail, token, endsAtMs: nowMs + lifetimeMs - TOKEN_MARGIN_MS };
  return token;
}

async function ask(url: string, init: RequestInit): Promise<GoogleAnswer> {
  try {
    const signal = AbortSignal.timeout(STORE_CALL_TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const bytes = await readBounded(response, MAX_STORE_ANSWER_BYTES);
    return { status: response.status, body: bytes === null ? null : parse(bytes) };
  } catch (thrown) {
    // Names what failed and never the URL: a purchase token stands in its path.
    const isLate = thrown instanceof Error && thrown.name === 'TimeoutError';
    throw new UnavailableError('store', isLate ? 'Google did not answer in time' : reasonWithout(url, thrown));
  }
}

function reasonWithout(url: string, thrown: unknown): string {
  return `Google could not be reached: ${reasonOf(thrown).replaceAll(url, '…')}`;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
