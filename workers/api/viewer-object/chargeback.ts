import type { CoinKind, Draw } from '#core/ledger/plan-draws.ts';
import type { ChargebackPolicy } from '#core/ledger/txns.ts';
import type { ChargebackRecord, ChargebackReply, ChargebackRequest, UnlockRecord } from '#shared/viewer/rpc.ts';
import { coinsOf, lapseLots, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { findMoved, findTxn, openTxn, postDraws, postEntries, seal, type EarlierTxn } from './posting.ts';
import { reverseUnlock } from './refund.ts';
import { revokePasses } from './revocation.ts';
import { allLiveUnlocks, rentalEndMs } from './unlocks.ts';

/** A payment that the payer took back. It is named by its reference, so any number of calls is one. */
export interface TakeBack {
  readonly reference: string;
  readonly policy: ChargebackPolicy;
  readonly reason: string | null;
}

/** One that comes before its payment waits for it (security.md LED-14). */
export function chargeback(storage: DurableObjectStorage, request: ChargebackRequest): ChargebackReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { reference, policy, reason, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = findCharged(sql, reference);
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    const gone = merged(sql);
    if (gone) return gone;
    if (sql.exec('SELECT 1 FROM lots WHERE reference = ? LIMIT 1', reference).toArray().length === 0) {
      sql.exec(
        'INSERT INTO parked_chargebacks (reference, policy, reason, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        reference,
        policy,
        reason,
        nowMs,
      );
      return { outcome: 'parked' };
    }
    return { ...takeBack(sql, request, nowMs), outcome: 'charged-back' };
  });
}

function findCharged(sql: SqlStorage, reference: string): EarlierTxn | null {
  return findTxn(sql, 'chargeback', null, reference) ?? findMoved(sql, 'chargeback', reference);
}

export function readParked(sql: SqlStorage, reference: string): TakeBack | null {
  const [row] = sql
    .exec<{ policy: ChargebackPolicy; reason: string | null }>(
      'SELECT policy, reason FROM parked_chargebacks WHERE reference = ?',
      reference,
    )
    .toArray();
  return row ? { reference, ...row } : null;
}

export function takeBackParked(sql: SqlStorage, parked: TakeBack, nowMs: number): void {
  // The other half of a merge may have known of it already.
  if (findCharged(sql, parked.reference) === null) takeBack(sql, parked, nowMs);
  sql.exec('DELETE FROM parked_chargebacks WHERE reference = ?', parked.reference);
}

type TakenBack = Omit<Extract<ChargebackReply, { outcome: 'charged-back' | 'replayed' }>, 'outcome'>;

/**
 * The unspent rest first. What was spent is owed, or borne by the operator; or, where the policy says so, what it opened
 * is closed and gives it back. Coins that lapsed or were corrected away served nobody, so nobody owes them.
 */
function takeBack(sql: SqlStorage, { reference, policy, reason }: TakeBack, nowMs: number): TakenBack {
  const revoked = policy === 'revoke' ? revokeUnlocks(sql, reference, nowMs) : [];
  const { rest, lapsed, adjusted, spent } = tally(sql, reference);
  const taken = coinsOf(rest);
  const txnId = openTxn(sql, { kind: 'chargeback', reference, reason, nowMs });
  postEntries(sql, txnId, {
    'wallet:paid': -coinsOf(rest, 'paid'),
    'wallet:bonus': -coinsOf(rest, 'bonus'),
    'system:lapsed': -lapsed,
    'system:adjusted': -adjusted,
    [policy === 'debt' ? 'debt' : 'system:absorbed']: -spent,
    'system:issued': taken + lapsed + adjusted + spent,
  });
  postDraws(sql, txnId, rest);
  if (policy !== 'debt' && spent > 0)
    sql.exec('INSERT INTO absorbed_references (reference) VALUES (?) ON CONFLICT DO NOTHING', reference);
  const record: ChargebackRecord = {
    id: txnId,
    reference,
    policy,
    coins: taken + lapsed + adjusted + spent,
    takenCoins: taken,
    debtCoins: policy === 'debt' ? spent : 0,
    absorbedCoins: policy === 'debt' ? 0 : spent,
    revoked: revoked.map(({ id, episodeId }) => ({ unlockId: id, episodeId })),
    createdAtMs: nowMs,
  };
  const passesRevokedAtSeconds = revoked.length === 0 ? null : revokePasses(sql, nowMs);
  const result = { chargeback: record, passesRevokedAtSeconds, wallet: readWallet(sql, nowMs) };
  seal(sql, txnId, result);
  return result;
}

interface Tally {
  readonly rest: readonly Draw[];
  readonly lapsed: number;
  readonly adjusted: number;
  /** By unlocks that are the viewer's still, rentals that are over included, and to pay a debt back. */
  readonly spent: number;
}

/** Where the coins of one payment are. Lots that a refund made of it have its reference too. */
function tally(sql: SqlStorage, reference: string): Tally {
  const lots = sql
    .exec<{ id: string; kind: CoinKind; remaining: number }>(
      'SELECT id, kind, remaining FROM lots WHERE reference = ?',
      reference,
    )
    .toArray();
  const sum = (query: string): number => sql.exec<{ coins: number }>(query, reference).one().coins;
  const drawnBy = (kind: string): number =>
    sum(
      `SELECT COALESCE(SUM(d.coins), 0) AS coins FROM lots l JOIN draws d ON d.lot_id = l.id JOIN txns t ON t.id = d.txn_id
       WHERE l.reference = ? AND t.kind = '${kind}'`,
    );
  const unlocked = sum(
    `SELECT COALESCE(SUM(s.coins), 0) AS coins FROM lots l JOIN shares s ON s.lot_id = l.id
     WHERE l.reference = ? AND s.unlock_id NOT IN (SELECT unlock_id FROM unlock_ends)`,
  );
  return {
    rest: lots.flatMap(({ id, kind, remaining }) => (remaining === 0 ? [] : [{ lotId: id, kind, coins: remaining }])),
    lapsed: drawnBy('lapse'),
    adjusted: drawnBy('adjustment'),
    spent: unlocked + drawnBy('repay'),
  };
}

/** Newest first. A rental that is over cannot be taken away: its coins stay spent. */
function revokeUnlocks(sql: SqlStorage, reference: string, nowMs: number): UnlockRecord[] {
  const paid = new Set(
    sql
      .exec<{ unlock_id: string }>(
        'SELECT DISTINCT s.unlock_id FROM lots l JOIN shares s ON s.lot_id = l.id WHERE l.reference = ?',
        reference,
      )
      .toArray()
      .map((row) => row.unlock_id),
  );
  const open = allLiveUnlocks(sql).filter(
    (unlock) => paid.has(unlock.id) && (unlock.method === 'coins' || rentalEndMs(unlock) > nowMs),
  );
  const revoked = open.toReversed();
  for (const unlock of revoked) {
    const { txnId } = reverseUnlock(sql, unlock, { kind: 'refund', reason: `chargeback of ${reference}`, nowMs });
    seal(sql, txnId, {});
  }
  return revoked;
}
