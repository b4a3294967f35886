import type { ParkedChargeback } from '#shared/viewer/merge-rpc.ts';

/** Chargebacks that wait for their payment. */
export function parkChargeback(sql: SqlStorage, { reference, policy, reason, createdAtMs }: ParkedChargeback): void {
  sql.exec(
    'INSERT INTO parked_chargebacks (reference, policy, reason, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    reference,
    policy,
    reason,
    createdAtMs,
  );
}

export function readParked(sql: SqlStorage, reference: string): ParkedChargeback | null {
  return select(sql, 'WHERE reference = ?', reference)[0] ?? null;
}

/** The oldest first. */
export function listParked(sql: SqlStorage, limit: number): ParkedChargeback[] {
  return select(sql, 'ORDER BY created_at, reference LIMIT ?', limit);
}

/** Those whose payment a merge brought together with them. */
export function listArrived(sql: SqlStorage): ParkedChargeback[] {
  return select(
    sql,
    `WHERE reference IN
       (SELECT reference FROM lots UNION ALL SELECT reference FROM moved_txns WHERE kind = 'credit') ORDER BY reference`,
  );
}

export function leavingParked(sql: SqlStorage): ParkedChargeback[] {
  return select(sql, 'ORDER BY reference');
}

export function forgetParked(sql: SqlStorage, reference: string): void {
  sql.exec('DELETE FROM parked_chargebacks WHERE reference = ?', reference);
}

function select(sql: SqlStorage, which: string, ...values: (string | number)[]): ParkedChargeback[] {
  return sql
    .exec<{ [name in keyof ParkedChargeback]: ParkedChargeback[name] }>(
      `SELECT reference, policy, reason, created_at AS createdAtMs FROM parked_chargebacks ${which}`,
      ...values,
    )
    .toArray();
}
