import { KEY_SOURCE_COOLDOWN_MS } from '#core/token/limits.ts';
import { isKeyRetired, type ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';
import { callBinding } from '../binding-call.ts';
import { listVerifyingKeys } from '../db/signing-keys.ts';
import { log, reasonOf } from '../log.ts';
import type { KeySourcesRpc } from './key-sources-rpc.ts';
import { VERIFYING } from './verifying-algorithms.ts';

/** A key that was revoked may verify this long in an isolate, and a second more while another request reads the set. */
const FRESH_MS = 9_000;
const RELOAD_MS = 1_000;
/** Keys that D1 gave are good for this long while it does not answer (security.md 4.4). */
const LAST_GOOD_MS = 3_600_000;
/** An unknown key id is asked for once in this time: it may be registered any moment. */
const UNKNOWN_MS = 2_000;
/** Whatever comes in, unknown key ids cost this many queries a second at most. */
const MAX_UNKNOWN_PER_SECOND = 5;
const MAX_UNKNOWN_REMEMBERED = 256;
const MAX_JOINS = 4;

/** Where the keys are: D1, and who asks the JWKS URLs of backends for new ones. */
export interface KeyStore {
  readonly DB: D1Database;
  /** `KeySourcesRpc`, which the type of a service binding does not say. */
  readonly KEY_SOURCES?: object;
}

export interface VerifyingKey {
  /** What the key was imported from: a new text under an old kid is another key. */
  readonly jwkText: string;
  readonly alg: ViewerTokenAlgorithm;
  readonly publicKey: CryptoKey;
  readonly retireAtMs: number | null;
}

/**
 * The whole set, as it is small (four keys of backends, our own): a flood of made-up key ids can then neither push a
 * good one out of a cache nor use up its look-ups.
 */
let keys: ReadonlyMap<string, VerifyingKey> = new Map();
let readAtMs = Number.NEGATIVE_INFINITY;
let askedAtMs = Number.NEGATIVE_INFINITY;
/** Why the last read failed; null when it did not. */
let failure: Error | null = null;
const unknownUntilMs = new Map<string, number>();
/** The query that is under way; its request may be cut off, so whoever joins it waits for a second at most. */
let inFlight: Promise<void> | null = null;
/** When the JWKS URL that was asked longest ago was asked; null where there is none. */
let sourcesAskedAtMs: number | null = null;
/** When this isolate last wanted them asked: once in the cooldown, also where nobody can be asked. */
let refreshedAtMs = Number.NEGATIVE_INFINITY;
let unknownSecond = 0;
let unknownInSecond = 0;

/** null when no such key verifies now. */
export async function findVerifyingKey(store: KeyStore, kid: string, nowMs: number): Promise<VerifyingKey | null> {
  if (!keys.has(kid)) await lookFor(store, kid, nowMs);
  // While another request reads the set, one whose key is in the old set need not wait.
  else if (nowMs - readAtMs > FRESH_MS && nowMs - askedAtMs >= RELOAD_MS) await reload(store.DB, nowMs);
  const key = keys.get(kid);
  // A key that may be new cannot be told from one that is made up while the set cannot be read.
  if (key === undefined && failure !== null) throw failure;
  return key === undefined || isKeyRetired(key.retireAtMs, nowMs) ? null : key;
}

/** A burst of first tokens of a new key shares one query; that another request began may be from before the key was. */
async function lookFor(store: KeyStore, kid: string, nowMs: number): Promise<void> {
  for (let tries = 0; tries < MAX_JOINS && !keys.has(kid); tries++) {
    if (inFlight !== null) {
      await Promise.race([inFlight, new Promise((resolve) => setTimeout(resolve, RELOAD_MS))]);
    } else if (mayAskFor(kid, nowMs)) {
      await reload(store.DB, nowMs);
      if (!keys.has(kid) && mayRefresh(nowMs)) await refresh(store, nowMs);
      if (!keys.has(kid)) rememberUnknown(kid, nowMs);
    } else return;
  }
}

function mayAskFor(kid: string, nowMs: number): boolean {
  if ((unknownUntilMs.get(kid) ?? 0) > nowMs) return false;
  const second = Math.floor(nowMs / 1_000);
  if (second !== unknownSecond) [unknownSecond, unknownInSecond] = [second, 0];
  unknownInSecond++;
  return unknownInSecond <= MAX_UNKNOWN_PER_SECOND;
}

function rememberUnknown(kid: string, nowMs: number): void {
  if (unknownUntilMs.size >= MAX_UNKNOWN_REMEMBERED) unknownUntilMs.clear();
  unknownUntilMs.set(kid, nowMs + UNKNOWN_MS);
}

/** A backend may sign with a key that its JWKS names and D1 does not have yet. */
function mayRefresh(nowMs: number): boolean {
  if (sourcesAskedAtMs === null) return false;
  return nowMs - Math.max(sourcesAskedAtMs, refreshedAtMs) >= KEY_SOURCE_COOLDOWN_MS;
}

async function refresh({ DB, KEY_SOURCES }: KeyStore, nowMs: number): Promise<void> {
  refreshedAtMs = nowMs;
  if (KEY_SOURCES === undefined) return;
  const sources = KEY_SOURCES as KeySourcesRpc;
  await shared(async () => {
    try {
      await callBinding('keys', () => sources.refresh());
    } catch (thrown) {
      log('warn', 'key_sources_unavailable', { reason: reasonOf(thrown) });
    }
    await readSet(DB, nowMs);
  });
}

function reload(db: D1Database, nowMs: number): Promise<void> {
  return shared(() => readSet(db, nowMs));
}

/** Other requests that miss a key wait for this one and ask nothing themselves. */
async function shared(read: () => Promise<void>): Promise<void> {
  const reading = read();
  inFlight = reading;
  try {
    await reading;
  } finally {
    if (inFlight === reading) inFlight = null;
  }
}

async function readSet(db: D1Database, nowMs: number): Promise<void> {
  askedAtMs = nowMs;
  try {
    const stored = await listVerifyingKeys(db, nowMs);
    const entries = stored.keys.map(async ({ kid, alg, jwkText, retireAtMs }) => {
      const known = keys.get(kid);
      const publicKey = known?.jwkText === jwkText ? known.publicKey : await importPublicKey(jwkText, alg);
      return [kid, { jwkText, alg, publicKey, retireAtMs }] as const;
    });
    keys = new Map(await Promise.all(entries));
    sourcesAskedAtMs = stored.sourcesAskedAtMs;
    readAtMs = nowMs;
    failure = null;
  } catch (thrown) {
    failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (nowMs - readAtMs > LAST_GOOD_MS) throw thrown;
    log('warn', 'last_good_used', { what: 'signing-key', ageMs: nowMs - readAtMs, reason: reasonOf(thrown) });
  }
}

function importPublicKey(jwkText: string, alg: ViewerTokenAlgorithm): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', JSON.parse(jwkText) as JsonWebKey, VERIFYING[alg], false, ['verify']);
}
