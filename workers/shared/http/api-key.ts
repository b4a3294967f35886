import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { equalInConstantTime, sha256Base64url } from '../encoding.ts';
import { bearerToken } from './viewer-auth.ts';

export const SCOPES = ['catalog', 'ingest', 'entitlements', 'tokens', 'analytics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** `sk_{environment}_{8}_{secret}`: a shape that secret scanners can find. */
const API_KEY_PATTERN = /^sk_[a-z]{2,12}_[A-Za-z0-9]{8}_[A-Za-z0-9]{32,64}$/;

interface KeyStore {
  readonly DB: D1Database;
  /** Of the deployment's first key, which has every scope. */
  readonly ROOT_API_KEY_SHA256: string;
}

/** Checks the key of a request for a scope; only hashes are kept and compared. */
export async function authorizeApiKey(env: KeyStore, request: Request, scope: Scope): Promise<Result<true, Problem>> {
  const key = bearerToken(request);
  if (key === null) return err({ code: 'api-key-missing', detail: 'Send an API key as Authorization: Bearer sk_….' });
  if (!API_KEY_PATTERN.test(key))
    return err({ code: 'api-key-invalid', detail: 'This is not the shape of an API key (sk_…).' });
  const hash = await sha256Base64url(key);
  if (equalInConstantTime(hash, env.ROOT_API_KEY_SHA256)) return ok(true);
  const row = await env.DB.prepare('SELECT scopes FROM api_keys WHERE secret_sha256 = ? AND revoked_at IS NULL')
    .bind(hash)
    .first<{ scopes: string }>();
  if (!row) return err({ code: 'api-key-invalid', detail: 'The key is not known, or it was revoked.' });
  const scopes: unknown = JSON.parse(row.scopes);
  if (Array.isArray(scopes) && scopes.includes(scope)) return ok(true);
  return err({ code: 'insufficient-scope', detail: `This call needs the scope ${scope}.`, members: { scope } });
}
