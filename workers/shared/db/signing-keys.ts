import type { JWK } from 'jose';
import { VIEWER_TOKEN_ALGORITHMS, type ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';
import { readBinding } from '../binding-call.ts';

/**
 * Read on the playback path, so prepared SQL and no ORM: drizzle would be half of that Worker's size budget
 * (docs/decisions/003-sql-on-the-hot-path.md).
 */
export async function findSigningKey(
  db: D1Database,
  kid: string,
): Promise<{ alg: ViewerTokenAlgorithm; publicJwk: JWK } | null> {
  const row = await readBinding('keys', () =>
    db
      .prepare('SELECT alg, public_jwk FROM signing_keys WHERE kid = ? AND revoked_at IS NULL')
      .bind(kid)
      .first<{ alg: string; public_jwk: string }>(),
  );
  const alg = VIEWER_TOKEN_ALGORITHMS.find((known) => known === row?.alg);
  return row && alg ? { alg, publicJwk: JSON.parse(row.public_jwk) } : null;
}
