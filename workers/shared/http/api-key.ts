import { isApiKey } from '#core/api-key/format.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { equalInConstantTime, sha256Base64url } from '../encoding.ts';
import { openConsoleSession } from '../keys/console-session.ts';
import { log, reasonOf } from '../log.ts';
import { consoleCookie, refuseForeign } from './console-cookie.ts';
import { overLimit, RATE_LIMITS, sourceOf } from './rate-limit.ts';
import { bearerToken } from './viewer-auth.ts';

export const SCOPES = ['catalog', 'ingest', 'entitlements', 'tokens', 'analytics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The id of the deployment's first key, which has every scope and is in no table. */
const ROOT_KEY_ID = 'root';

/** `last_used_at` is a hint for who tidies up, not worth a write for each call. */
const LAST_USED_EVERY_MS = 60_000;

interface KeyStore {
  readonly DB: D1Database;
  readonly MASTER_SECRET: string;
  readonly ROOT_API_KEY_SHA256: string;
  readonly API_KEY_REQUESTS: RateLimit;
  readonly API_KEY_FAILURES: RateLimit;
}

/** What a Worker has beside the request. */
interface Surroundings {
  readonly nowMs: number;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface ApiKeyRefusal {
  readonly problem: Problem;
  /** Of a key that is good, and lacks the scope or asks too often. */
  readonly apiKeyId: string | null;
}

export interface ApiKeyUse {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly secretSha256: string;
  /** Where it was a session of the console that opened: when that ends. */
  readonly sessionExpiresAtMs: number | null;
}

/** The id of the request's API key, once it is known to be good, to have the scope, and not to ask too often. */
export async function authorizeApiKey(
  env: KeyStore,
  request: Request,
  scope: Scope,
  at: Surroundings,
): Promise<Result<string, ApiKeyRefusal>> {
  const key = await identifyApiKey(env, request, at);
  if (!key.ok) return key;
  const { id: apiKeyId, scopes } = key.value;
  if (scopes.includes(scope)) return ok(apiKeyId);
  const detail = `This call needs the scope ${scope}.`;
  return err({ problem: { code: 'insufficient-scope', detail, members: { scope } }, apiKeyId });
}

/** The request's API key, whatever its scopes. `presented`: what stands in the body of the call that signs in. */
export async function identifyApiKey(
  env: KeyStore,
  request: Request,
  at: Surroundings,
  presented?: string,
): Promise<Result<ApiKeyUse, ApiKeyRefusal>> {
  const secret = presented === undefined ? await secretOf(env, request, at.nowMs) : await hashOf(presented);
  const key = secret.ok ? await findKey(env, secret.value, at) : secret;
  if (!key.ok) {
    const limited = await overLimit(env.API_KEY_FAILURES, sourceOf(request), RATE_LIMITS.apiKeyFailures);
    return err({ problem: limited ?? key.error, apiKeyId: null });
  }
  const limited = await overLimit(env.API_KEY_REQUESTS, key.value.id, RATE_LIMITS.apiKeyRequests);
  return limited === null ? key : err({ problem: limited, apiKeyId: key.value.id });
}

type Secret = Pick<ApiKeyUse, 'secretSha256' | 'sessionExpiresAtMs'>;

/** The one place where a request becomes a key's hash: a Bearer key, or else the console's cookie. */
async function secretOf(env: KeyStore, request: Request, nowMs: number): Promise<Result<Secret, Problem>> {
  const key = bearerToken(request);
  if (key !== null) return hashOf(key);
  const sealed = request.headers.has('Authorization') ? null : consoleCookie(request);
  if (sealed === null)
    return err({ code: 'api-key-missing', detail: 'Send an API key as Authorization: Bearer sk_….' });
  const foreign = refuseForeign(request);
  if (foreign !== null) return err(foreign);
  const session = await openConsoleSession(env.MASTER_SECRET, sealed, nowMs);
  if (session === null) return err({ code: 'console-session-ended', detail: 'It has expired, or is none of ours.' });
  return ok({ secretSha256: session.secretSha256, sessionExpiresAtMs: session.expiresAtMs });
}

/** What has no checksum of ours is refused before anything is looked up. */
async function hashOf(key: string): Promise<Result<Secret, Problem>> {
  if (isApiKey(key)) return ok({ secretSha256: await sha256Base64url(key), sessionExpiresAtMs: null });
  const detail = 'This is not an API key (sk_…), or a character of it is wrong: its checksum does not hold.';
  return err({ code: 'api-key-invalid', detail });
}

/** Only hashes are kept and compared. */
async function findKey(env: KeyStore, secret: Secret, at: Surroundings): Promise<Result<ApiKeyUse, Problem>> {
  const { secretSha256: hash, sessionExpiresAtMs } = secret;
  const refuse = (detail: string): Result<never, Problem> =>
    err({ code: sessionExpiresAtMs === null ? 'api-key-invalid' : 'console-session-ended', detail });
  if (equalInConstantTime(hash, env.ROOT_API_KEY_SHA256)) return ok({ ...secret, id: ROOT_KEY_ID, scopes: SCOPES });
  const row = await env.DB.prepare(
    `SELECT id, scopes, secret_sha256, expires_at, last_used_at,
       CASE WHEN previous_until_at > ?2 THEN previous_sha256 END AS previous
     FROM api_keys WHERE (secret_sha256 = ?1 OR previous_sha256 = ?1) AND revoked_at IS NULL`,
  )
    .bind(hash, at.nowMs)
    .first<KeyRow>();
  if (row === null || ![row.secret_sha256, row.previous ?? ''].some((known) => equalInConstantTime(hash, known)))
    return refuse('The key is not known, or it was revoked or rotated away.');
  if (row.expires_at !== null && row.expires_at <= at.nowMs) return refuse('The key has expired.');
  if (row.last_used_at === null || row.last_used_at <= at.nowMs - LAST_USED_EVERY_MS)
    at.waitUntil(noteUse(env.DB, row.id, at.nowMs));
  const scopes: unknown = JSON.parse(row.scopes);
  return ok({ ...secret, id: row.id, scopes: Array.isArray(scopes) ? scopes.map(String) : [] });
}

interface KeyRow {
  readonly id: string;
  readonly scopes: string;
  readonly secret_sha256: string;
  readonly previous: string | null;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

/** The condition stands in the write too: of a hundred requests at once one writes. */
async function noteUse(db: D1Database, id: string, nowMs: number): Promise<void> {
  try {
    await db
      .prepare('UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at <= ?3)')
      .bind(nowMs, id, nowMs - LAST_USED_EVERY_MS)
      .run();
  } catch (thrown) {
    log('warn', 'last_used_not_noted', { apiKeyId: id, reason: reasonOf(thrown) });
  }
}
