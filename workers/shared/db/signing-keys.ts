import type { JWK } from 'jose';
import { VIEWER_TOKEN_ALGORITHMS, type ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';
import { readBinding } from '../binding-call.ts';

/** Far above what can be live (four of backends, ours): a bound for the query, not a rule. */
const MAX_KEYS = 64;

interface VerifyingKeyRow {
  readonly kid: string;
  readonly alg: ViewerTokenAlgorithm;
  readonly publicJwk: JWK;
  readonly retireAtMs: number | null;
}

/**
 * Read on the playback path, so prepared SQL and no ORM: drizzle would be half of that Worker's size budget
 * (docs/decisions/003-sql-on-the-hot-path.md).
 */
export async function listVerifyingKeys(db: D1Database): Promise<VerifyingKeyRow[]> {
  const { results } = await readBinding('keys', () =>
    db
      .prepare(
        'SELECT kid, alg, public_jwk, retire_at FROM signing_keys WHERE revoked_at IS NULL ORDER BY created_at DESC LIMIT ?',
      )
      .bind(MAX_KEYS)
      .all<{ kid: string; alg: string; public_jwk: string; retire_at: number | null }>(),
  );
  return results.flatMap((row) => {
    const alg = VIEWER_TOKEN_ALGORITHMS.find((known) => known === row.alg);
    return alg ? [{ kid: row.kid, alg, publicJwk: JSON.parse(row.public_jwk), retireAtMs: row.retire_at }] : [];
  });
}
