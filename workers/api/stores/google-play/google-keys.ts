import { importJWK } from 'jose';
import { UnavailableError } from '#shared/binding-call.ts';
import { fetchJwks } from '../../fetch-jwks.ts';
import { STORE_KEYS_COOLDOWN_MS, STORE_KEYS_FRESH_MS } from '../../limits.ts';
import type { GooglePlaySettings } from '../settings.ts';

type VerifyingKey = Awaited<ReturnType<typeof importJWK>>;

interface HeldKeys {
  readonly url: string;
  readonly keys: ReadonlyMap<string, VerifyingKey>;
  readonly fetchedAtMs: number;
}

/** Of this isolate. Google's keys are few and public; what counts is that a forger cannot make us ask for them. */
let held: HeldKeys | null = null;
let askedAtMs = 0;

/** null when Google has no such key. A key that we hold outlives an outage at Google. */
export async function findGoogleKey(
  { jwksUrl, allowLoopback }: Pick<GooglePlaySettings, 'jwksUrl' | 'allowLoopback'>,
  kid: string,
  nowMs: number,
): Promise<VerifyingKey | null> {
  if (held !== null && held.url !== jwksUrl) held = null;
  const known = held?.keys.get(kid) ?? null;
  const isFresh = held !== null && nowMs - held.fetchedAtMs < STORE_KEYS_FRESH_MS;
  const isCooling = held !== null && nowMs - askedAtMs < STORE_KEYS_COOLDOWN_MS;
  if ((known !== null && isFresh) || isCooling) return known;
  askedAtMs = nowMs;
  const fetched = await fetchJwks(jwksUrl, allowLoopback);
  if (!fetched.ok) {
    if (known !== null) return known;
    throw new UnavailableError('store', `Google's keys: ${fetched.error}`);
  }
  const imported = fetched.value.keys.map(
    async ({ kid: name, alg, members }) => [name, await importJWK({ ...members }, alg)] as const,
  );
  held = { url: jwksUrl, keys: new Map(await Promise.all(imported)), fetchedAtMs: nowMs };
  return held.keys.get(kid) ?? null;
}
