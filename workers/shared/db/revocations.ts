import { readBinding } from '../binding-call.ts';

/**
 * Prepared SQL and no ORM, as everything on the playback path (docs/decisions/003-sql-on-the-hot-path.md).
 * `revoked_at` is unix milliseconds like every `_at`, of a whole second.
 */
export interface Revocation {
  readonly viewerHash: string;
  /** What the viewer's passes are refused for; null = for everything, and tokens too. */
  readonly assetId: string | null;
  readonly revokedAtSeconds: number;
}

/** Moments of one viewer: tokens up to the first are refused, and passes that do not know of the second may be. */
export interface RevokedAt {
  readonly revokedAtSeconds: number | null;
  readonly passesRevokedAtSeconds: number | null;
}

interface Row {
  viewer_hash: string;
  asset_id: string | null;
  revoked_at: number;
}

export async function storeRevocation(db: D1Database, viewerHash: string, revokedAtSeconds: number): Promise<void> {
  await db
    .prepare(
      'INSERT INTO revocations (viewer_hash, revoked_at) VALUES (?, ?) ON CONFLICT (viewer_hash) DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)',
    )
    .bind(viewerHash, revokedAtSeconds * 1_000)
    .run();
}

/** Of the viewer's passes for these episodes alone: the token stays good, and so does everything else that plays. */
export async function storePassRevocations(
  db: D1Database,
  viewerHash: string,
  episodeIds: readonly string[],
  revokedAtSeconds: number,
): Promise<void> {
  await db
    .prepare(
      'INSERT INTO pass_revocations (viewer_hash, asset_id, revoked_at) SELECT ?, id, ? FROM assets WHERE episode_id IN (SELECT value FROM json_each(?)) ON CONFLICT (viewer_hash, asset_id) DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)',
    )
    .bind(viewerHash, revokedAtSeconds * 1_000, JSON.stringify(episodeIds))
    .run();
}

export async function listRevocations(db: D1Database, afterSeconds: number): Promise<Revocation[]> {
  const { results } = await readBinding('viewer', () =>
    db
      .prepare(
        'SELECT viewer_hash, NULL AS asset_id, revoked_at FROM revocations WHERE revoked_at > ?1 UNION ALL SELECT viewer_hash, asset_id, revoked_at FROM pass_revocations WHERE revoked_at > ?1',
      )
      .bind(afterSeconds * 1_000)
      .all<Row>(),
  );
  return results.map((row) => ({
    viewerHash: row.viewer_hash,
    assetId: row.asset_id,
    revokedAtSeconds: row.revoked_at / 1_000,
  }));
}

/** For callers that cannot ask the viewer's object. Rows are kept as long as any token lives. */
export async function findRevocations(db: D1Database, viewerHash: string): Promise<RevokedAt> {
  const row = await readBinding('viewer', () =>
    db
      .prepare(
        'SELECT (SELECT revoked_at FROM revocations WHERE viewer_hash = ?1) AS tokens, (SELECT max(revoked_at) FROM pass_revocations WHERE viewer_hash = ?1) AS passes',
      )
      .bind(viewerHash)
      .first<{ tokens: number | null; passes: number | null }>(),
  );
  const tokens = row?.tokens == null ? null : row.tokens / 1_000;
  const passes = row?.passes == null ? null : row.passes / 1_000;
  return {
    revokedAtSeconds: tokens,
    passesRevokedAtSeconds: tokens === null || passes === null ? (tokens ?? passes) : Math.max(tokens, passes),
  };
}
