import { isLapsed, type CoinKind } from '#core/ledger/plan-draws.ts';
import { refundExpiresAtMs } from '#core/ledger/refunds.ts';
import type { RefundRecord, RefundReply, RefundRequest, UnlockRecord } from '#shared/viewer/rpc.ts';
import { insertLot, lapseLots, readWallet, type Settlement } from './lots.ts';
import { merged } from './merge-state.ts';
import { findTxn, KEY_REUSED, openTxn, postEntries, seal, type NewTxn } from './posting.ts';
import { readPassesRevokedAt, revokePasses } from './revocation.ts';
import { planSettlement, settle, type Income } from './settle.ts';
import { findUnlockById } from './unlocks.ts';

/**
 * Gives back what one unlock was paid with, to the lots that it came from, and takes the episode away. Of a bundle it
 * is that episode's share. History stays: the unlock is ended by a transaction of its own.
 */
export function refund(storage: DurableObjectStorage, request: RefundRequest): RefundReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { unlockId, nowMs, reason } = request;
    lapseLots(sql, nowMs);
    const earlier = findTxn(sql, 'refund', request.idempotencyKey, null);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return KEY_REUSED;
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    const gone = merged(sql);
    if (gone) return gone;
    const unlock = findUnlockById(sql, unlockId);
    if (unlock === null) return { outcome: 'not-found' };
    if (unlock.endedAtMs !== null) {
      const { episodeId, endedAtMs } = unlock;
      const passesRevokedAtSeconds = readPassesRevokedAt(sql) ?? Math.floor(endedAtMs / 1_000);
      return { outcome: 'already-refunded', episodeId, endedAtMs, passesRevokedAtSeconds };
    }
    const { episodeId, coins } = unlock;
    const passesRevokedAtSeconds = revokePasses(sql, nowMs);
    const result = reverseUnlock(sql, unlock, request, (txnId, settlement) => {
      const record: RefundRecord = { id: txnId, unlockId, episodeId, coins, reason, createdAtMs: nowMs };
      return { refund: record, passesRevokedAtSeconds, wallet: readWallet(sql, nowMs, settlement) };
    });
    return { ...result, outcome: 'refunded' };
  });
}

/** For a chargeback: its own payment's coins are left where they came from, to be taken back. */
export function revokeUnlock(
  sql: SqlStorage,
  unlock: UnlockRecord,
  txn: Omit<NewTxn, 'kind'> & { readonly chargedBack: string },
): void {
  reverseUnlock(sql, unlock, txn, () => ({}));
}

interface ShareRow {
  readonly lot_id: string;
  readonly coins: number;
  readonly kind: CoinKind;
  readonly expires_at: number | null;
  readonly reference: string | null;
}

/** Ends the unlock, gives back what it cost, and lets a debt or the operator have of that what is theirs. */
function reverseUnlock<Result extends object>(
  sql: SqlStorage,
  unlock: UnlockRecord,
  txn: Omit<NewTxn, 'kind'> & { readonly chargedBack?: string },
  resultOf: (txnId: string, settlement: Settlement) => Result,
): Result {
  const { nowMs, chargedBack } = txn;
  const txnId = openTxn(sql, { ...txn, kind: 'refund' });
  sql.exec('INSERT INTO unlock_ends (unlock_id, txn_id) VALUES (?, ?)', unlock.id, txnId);
  const income = readShares(sql, unlock.id).map((share) => giveBack(sql, txnId, share, unlock.createdAtMs, nowMs));
  const total = (kind: CoinKind): number =>
    income.reduce((sum, each) => sum + (each.kind === kind ? each.coins : 0), 0);
  postEntries(sql, txnId, {
    'wallet:paid': total('paid'),
    'wallet:bonus': total('bonus'),
    'system:spent': -unlock.coins,
  });
  const others = income.filter(({ reference }) => reference === null || reference !== chargedBack);
  const settlement = planSettlement(sql, others);
  const result = resultOf(txnId, settlement);
  seal(sql, txnId, result);
  settle(sql, settlement, nowMs);
  return result;
}

function readShares(sql: SqlStorage, unlockId: string): ShareRow[] {
  return sql
    .exec(
      'SELECT s.lot_id, s.coins, l.kind, l.expires_at, l.reference FROM shares s JOIN lots l ON l.id = s.lot_id WHERE s.unlock_id = ? ORDER BY l.seq',
      unlockId,
    )
    .toArray() as unknown as ShareRow[];
}

/** To the lot itself; where that has lapsed, as a new one of the same kind and payment (core/ledger/refunds.ts). */
function giveBack(sql: SqlStorage, txnId: string, share: ShareRow, spentAtMs: number, nowMs: number): Income {
  const { lot_id: lotId, coins, kind, expires_at: lotExpiresAtMs, reference } = share;
  if (lotExpiresAtMs === null || !isLapsed({ expiresAtMs: lotExpiresAtMs }, nowMs)) {
    sql.exec('INSERT INTO returns (txn_id, lot_id, coins) VALUES (?, ?, ?)', txnId, lotId, coins);
    return { lotId, kind, coins, reference };
  }
  const expiresAtMs = refundExpiresAtMs(lotExpiresAtMs, spentAtMs, nowMs);
  return { lotId: insertLot(sql, txnId, { kind, coins, expiresAtMs, reference }, nowMs), kind, coins, reference };
}
