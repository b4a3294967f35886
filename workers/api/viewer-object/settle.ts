import type { Draw } from '#core/ledger/plan-draws.ts';
import { coinsOf, readDebt, type Settlement } from './lots.ts';
import { openTxn, postDraws, postEntries, seal } from './posting.ts';

/** Coins that a transaction put into a lot. */
export interface Income extends Draw {
  readonly reference: string | null;
}

/**
 * Coins that come in pay a debt first; what is in the wallet already stays the viewer's. Of a payment that was taken
 * back at the operator's cost nothing can come back to the viewer.
 */
export function planSettlement(sql: SqlStorage, income: readonly Income[]): Settlement {
  const taken = income.filter(({ reference }) => reference !== null && isAbsorbed(sql, reference));
  const repaid: Draw[] = [];
  let owed = readDebt(sql);
  for (const { lotId, kind, coins, reference } of income) {
    if (owed === 0) break;
    if (reference !== null && isAbsorbed(sql, reference)) continue;
    const paidBack = Math.min(owed, coins);
    repaid.push({ lotId, kind, coins: paidBack });
    owed -= paidBack;
  }
  return { repaid, taken };
}

/** Right after the transaction that brought the coins, each in one of its own. */
export function settle(sql: SqlStorage, { repaid, taken }: Settlement, nowMs: number): void {
  if (repaid.length > 0) {
    const txnId = openTxn(sql, { kind: 'repay', nowMs });
    postEntries(sql, txnId, {
      'wallet:paid': -coinsOf(repaid, 'paid'),
      'wallet:bonus': -coinsOf(repaid, 'bonus'),
      debt: coinsOf(repaid),
    });
    postDraws(sql, txnId, repaid);
    seal(sql, txnId, {});
  }
  if (taken.length > 0) {
    const txnId = openTxn(sql, { kind: 'chargeback', reason: 'a refund of coins that were charged back', nowMs });
    postEntries(sql, txnId, {
      'wallet:paid': -coinsOf(taken, 'paid'),
      'wallet:bonus': -coinsOf(taken, 'bonus'),
      'system:absorbed': coinsOf(taken),
    });
    postDraws(sql, txnId, taken);
    seal(sql, txnId, {});
  }
}

function isAbsorbed(sql: SqlStorage, reference: string): boolean {
  return sql.exec('SELECT 1 FROM absorbed_references WHERE reference = ?', reference).toArray().length > 0;
}
