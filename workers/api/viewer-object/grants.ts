import type { GrantRecord } from '#shared/viewer/rpc.ts';

/** What the operator's backend gave this viewer; not paid, so no part of the ledger. */
export function insertGrant(sql: SqlStorage, grant: GrantRecord): void {
  sql.exec(
    'INSERT INTO grants (id, scope, target_id, pass, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    grant.id,
    grant.scope,
    grant.targetId,
    grant.pass,
    grant.expiresAtMs,
    grant.createdAtMs,
  );
}

export function revokeGrant(sql: SqlStorage, grantId: string, nowMs: number): boolean {
  const cursor = sql.exec('UPDATE grants SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', nowMs, grantId);
  return cursor.rowsWritten > 0;
}

export function activeGrants(sql: SqlStorage, nowMs: number): GrantRecord[] {
  type Row = {
    id: string;
    scope: GrantRecord['scope'];
    target_id: string | null;
    pass: string | null;
    expires_at: number | null;
    created_at: number;
  };
  const rows = sql.exec<Row>(
    'SELECT id, scope, target_id, pass, expires_at, created_at FROM grants WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
    nowMs,
  );
  return rows.toArray().map((row) => ({
    id: row.id,
    scope: row.scope,
    targetId: row.target_id,
    pass: row.pass,
    expiresAtMs: row.expires_at,
    createdAtMs: row.created_at,
  }));
}
