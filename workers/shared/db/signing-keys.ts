import { CLOCK_SKEW_SECONDS } from '#core/token/limits.ts';
import { VIEWER_TOKEN_ALGORITHMS, type ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';
import { readBinding } from '../binding-call.ts';

/** Far above what can be live (four of backends, ours): a bound for the query, not a rule. */
const MAX_KEYS = 64;

interface VerifyingKeyRow {
  readonly kid: string;
  readonly alg: ViewerTokenAlgorithm;
  readonly jwkText: string;
  readonly retireAtMs: number | null;
}

interface VerifyingKeys {
  readonly keys: readonly VerifyingKeyRow[];
  /** When the JWKS URL that was asked longest ago was asked; null where there is none. */
  readonly sourcesAskedAtMs: number | null;
}

/** One row at least, so that the sources are known where no key is. */
const QUERY = `
  SELECT kid, alg, public_jwk, retire_at, (SELECT MIN(asked_at) FROM signing_key_sources) AS sources_asked_at
  FROM (SELECT 1) LEFT JOIN signing_keys ON revoked_at IS NULL AND (retire_at IS NULL OR retire_at > ?)
  ORDER BY created_at DESC LIMIT ?`;

interface Row {
  readonly kid: string | null;
  readonly alg: string;
  readonly public_jwk: string;
  readonly retire_at: number | null;
  readonly sources_asked_at: number | null;
}

/**
 * Read on the playback path, so prepared SQL and no ORM: drizzle would be half of that Worker's size budget
 * (docs/decisions/003-sql-on-the-hot-path.md).
 */
export async function listVerifyingKeys(db: D1Database, nowMs: number): Promise<VerifyingKeys> {
  const { results } = await readBinding('keys', () =>
    db
      .prepare(QUERY)
      .bind(nowMs - CLOCK_SKEW_SECONDS * 1_000, MAX_KEYS)
      .all<Row>(),
  );
  const keys = results.flatMap(({ kid, alg: named, public_jwk: jwkText, retire_at: retireAtMs }) => {
    const alg = VIEWER_TOKEN_ALGORITHMS.find((known) => known === named);
    return kid !== null && alg ? [{ kid, alg, jwkText, retireAtMs }] : [];
  });
  return { keys, sourcesAskedAtMs: results[0]?.sources_asked_at ?? null };
}
