import type { GoneCoins, TransferredCoins } from '#shared/viewer/merge-rpc.ts';

/**
 * Where coins of a payment went that are in no lot and in no unlock any more: of this viewer's own lots, and of those
 * that guests had before they came.
 */
const GONE = `
SELECT l.reference,
  SUM(CASE t.kind WHEN 'lapse' THEN d.coins ELSE 0 END) AS lapsed,
  SUM(CASE t.kind WHEN 'adjustment' THEN d.coins ELSE 0 END) AS adjusted,
  SUM(CASE t.kind WHEN 'repay' THEN d.coins ELSE 0 END) AS repaid
FROM lots l JOIN draws d ON d.lot_id = l.id JOIN txns t ON t.id = d.txn_id
WHERE t.kind IN ('lapse', 'adjustment', 'repay') AND l.reference IS NOT NULL AND (?1 IS NULL OR l.reference = ?1)
GROUP BY l.reference
UNION ALL SELECT reference, lapsed, adjusted, repaid FROM moved_coins WHERE ?1 IS NULL OR reference = ?1`;

const SUMS = 'SUM(lapsed) AS lapsed, SUM(adjusted) AS adjusted, SUM(repaid) AS repaid';

export function goneCoins(sql: SqlStorage, reference: string): GoneCoins {
  const [gone] = sql
    .exec<{ [name in keyof GoneCoins]: number }>(`SELECT ${SUMS} FROM (${GONE}) GROUP BY reference`, reference)
    .toArray();
  return gone ?? { lapsed: 0, adjusted: 0, repaid: 0 };
}

export function leavingCoins(sql: SqlStorage): TransferredCoins[] {
  return sql
    .exec<{ reference: string } & { [name in keyof GoneCoins]: number }>(
      `SELECT reference, ${SUMS} FROM (${GONE}) GROUP BY reference`,
      null,
    )
    .toArray();
}

export function takeInCoins(sql: SqlStorage, coins: readonly TransferredCoins[]): void {
  for (const { reference, lapsed, adjusted, repaid } of coins)
    sql.exec(
      `INSERT INTO moved_coins (reference, lapsed, adjusted, repaid) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET lapsed = lapsed + excluded.lapsed, adjusted = adjusted + excluded.adjusted,
         repaid = repaid + excluded.repaid`,
      reference,
      lapsed,
      adjusted,
      repaid,
    );
}
