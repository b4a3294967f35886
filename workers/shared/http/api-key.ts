import { isApiKey } from '#core/api-key/format.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { equalInConstantTime, sha256Base64url } from '../encoding.ts';
import { log, reasonOf } from '../log.ts';
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

interface KeyRecord {
  readonly id: string;
  readonly scopes: readonly string[];
}

/** The id of the request's API key, once it is known to be good, to have the scope, and not to ask too often. */
export async function authorizeApiKey(
  env: KeyStore,
  request: Request,
  scope: Scope,
  at: Surroundings,
): Promise<Result<string, ApiKeyRefusal>> {
  const key = await authenticate(env, request, at);
  if (!key.ok) {
    const limited = await overLimit(env.API_KEY_FAILURES, sourceOf(request), RATE_LIMITS.apiKeyFailures);
    return err({ problem: limited ?? key.error, apiKeyId: null });
  }
  const { id: apiKeyId, scopes } = key.value;
  const limited = await overLimit(env.API_KEY_REQUESTS, apiKeyId, RATE_LIMITS.apiKeyRequests);
  if (limited !== null) return err({ problem: limited, apiKeyId });
  if (scopes.includes(scope)) return ok(apiKeyId);
  const detail = `This call needs the scope ${scope}.`;
  return err({ problem: { code: 'insufficient-scope', detail, members: { scope } }, apiKeyId });
}

/** Only hashes are kept and compared. What has no checksum of ours is refused before anything is looked up. */
async function authenticate(env: KeyStore, request: Request, at: Surroundings): Promise<Result<KeyRecord, Problem>> {
  const key = bearerToken(request);
  if (key === null) return err({ code: 'api-key-missing', detail: 'Send an API key as Authorization: Bearer sk_….' });
  if (!isApiKey(key)) {
    const detail = 'This is not an API key (sk_…), or a character of it is wrong: its checksum does not hold.';
    return err({ code: 'api-key-invalid', detail });
  }
  const hash = await sha256Base64url(key);
  if (equalInConstantTime(hash, env.ROOT_API_KEY_SHA256)) return ok({ id: ROOT_KEY_ID, scopes: SCOPES });
  const row = await env.DB.prepare(
    `SELECT id, scopes, secret_sha256, expires_at, last_used_at,
       CASE WHEN previous_until_at > ?2 THEN previous_sha256 END AS previous
     FROM api_keys WHERE (secret_sha256 = ?1 OR previous_sha256 = ?1) AND revoked_at IS NULL`,
  )
    .bind(hash, at.nowMs)
    .first<KeyRow>();
  if (row === null || ![row.secret_sha256, row.previous ?? ''].some((known) => equalInConstantTime(hash, known)))
    return err({ code: 'api-key-invalid', detail: 'The key is not known, or it was revoked or rotated away.' });
  if (row.expires_at !== null && row.expires_at <= at.nowMs)
    return err({ code: 'api-key-invalid', detail: 'The key has expired.' });
  if (row.last_used_at === null || row.last_used_at <= at.nowMs - LAST_USED_EVERY_MS)
    at.waitUntil(noteUse(env.DB, row.id, at.nowMs));
  const scopes: unknown = JSON.parse(row.scopes);
  return ok({ id: row.id, scopes: Array.isArray(scopes) ? scopes.map(String) : [] });
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
