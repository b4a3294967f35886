import { readBinding } from '../binding-call.ts';

/**
 * Prepared SQL and no ORM, as everything on the playback path (docs/decisions/003-sql-on-the-hot-path.md).
 * `revoked_at` is unix milliseconds like every `_at`, of a whole second.
 */
export interface Revocation {
  readonly viewerHash: string;
  readonly revokedAtSeconds: number;
}

interface Row {
  viewer_hash: string;
  revoked_at: number;
}

export async function storeRevocation(db: D1Database, revocation: Revocation): Promise<void> {
  await db
    .prepare(
      'INSERT INTO revocations (viewer_hash, revoked_at) VALUES (?, ?) ON CONFLICT (viewer_hash) DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)',
    )
    .bind(revocation.viewerHash, revocation.revokedAtSeconds * 1_000)
    .run();
}

export async function listRevocations(db: D1Database, afterSeconds: number): Promise<Revocation[]> {
  const { results } = await readBinding('viewer', () =>
    db
      .prepare('SELECT viewer_hash, revoked_at FROM revocations WHERE revoked_at > ?')
      .bind(afterSeconds * 1_000)
      .all<Row>(),
  );
  return results.map((row) => ({ viewerHash: row.viewer_hash, revokedAtSeconds: row.revoked_at / 1_000 }));
}

/** For callers that cannot ask the viewer's object. Rows are kept as long as any token lives. */
export async function findRevocation(db: D1Database, viewerHash: string): Promise<number | null> {
  const row = await readBinding('viewer', () =>
    db.prepare('SELECT viewer_hash, revoked_at FROM revocations WHERE viewer_hash = ?').bind(viewerHash).first<Row>(),
  );
  return row === null ? null : row.revoked_at / 1_000;
}
