import type { TransferredGrant } from '#shared/viewer/merge-rpc.ts';
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

/** Of the grants that count now, all that decides what they open. A row that a store renews keeps its id. */
export function grantsVersion(sql: SqlStorage, nowMs: number): string {
  return activeGrants(sql, nowMs)
    .map(({ id, pass, expiresAtMs }) => `${id} ${pass} ${expiresAtMs}`)
    .toSorted()
    .join('\n');
}

/** What a guest takes along: what counts now, and all that a store renews, so that an old word of it stays old. */
export function leavingGrants(sql: SqlStorage, nowMs: number): TransferredGrant[] {
  type Row = {
    id: string;
    scope: GrantRecord['scope'];
    targetId: string | null;
    pass: string | null;
    expiresAtMs: number | null;
    createdAtMs: number;
    revokedAtMs: number | null;
    reference: string | null;
    version: number | null;
  };
  return sql
    .exec<Row>(
      `SELECT id, scope, target_id AS targetId, pass, expires_at AS expiresAtMs, created_at AS createdAtMs,
         revoked_at AS revokedAtMs, reference, version
       FROM grants WHERE reference IS NOT NULL OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?))`,
      nowMs,
    )
    .toArray();
}

export function takeInGrant(sql: SqlStorage, grant: TransferredGrant): void {
  sql.exec(
    `INSERT INTO grants (id, scope, target_id, pass, expires_at, created_at, revoked_at, reference, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (reference) WHERE reference IS NOT NULL DO UPDATE
       SET pass = excluded.pass, expires_at = excluded.expires_at, revoked_at = excluded.revoked_at, version = excluded.version
       WHERE excluded.version > grants.version`,
    grant.id,
    grant.scope,
    grant.targetId,
    grant.pass,
    grant.expiresAtMs,
    grant.createdAtMs,
    grant.revokedAtMs,
    grant.reference,
    grant.version,
  );
}
