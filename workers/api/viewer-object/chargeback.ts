import type { CoinKind, Draw } from '#core/ledger/plan-draws.ts';
import type { ChargebackPolicy } from '#core/ledger/txns.ts';
import type { ChargebackRecord, ChargebackReply, ChargebackRequest, UnlockRecord } from '#shared/viewer/rpc.ts';
import { coinsOf, lapseLots, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { goneCoins } from './moved-coins.ts';
import { findMoved, rememberMoved, replayOf } from './moved-txns.ts';
import { forgetParked, parkChargeback } from './parked.ts';
import { findTxn, makeId, openTxn, postDraws, postEntries, seal, type EarlierTxn } from './posting.ts';
import { revokeUnlock } from './refund.ts';
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
    if (earlier) return { ...replayOf<TakenBack>(sql, earlier, nowMs), outcome: 'replayed' };
    const gone = merged(sql);
    if (gone) return gone;
    if (!isKnown(sql, reference)) {
      parkChargeback(sql, { reference, policy, reason, createdAtMs: nowMs });
      return { outcome: 'parked' };
    }
    return { ...takeBack(sql, request, nowMs), outcome: 'charged-back' };
  });
}

/** What a guest had paid is known too, also where nothing is left of it. */
function isKnown(sql: SqlStorage, reference: string): boolean {
  const rows = sql.exec('SELECT 1 FROM lots WHERE reference = ? LIMIT 1', reference).toArray();
  return rows.length > 0 || findMoved(sql, 'credit', reference) !== null;
}

function findCharged(sql: SqlStorage, reference: string): EarlierTxn | null {
  return findTxn(sql, 'chargeback', null, reference) ?? findMoved(sql, 'chargeback', reference);
}

export function takeBackParked(sql: SqlStorage, parked: TakeBack, nowMs: number): void {
  // The other half of a merge may have known of it already.
  if (findCharged(sql, parked.reference) === null) takeBack(sql, parked, nowMs);
  forgetParked(sql, parked.reference);
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
  const coins = taken + lapsed + adjusted + spent;
  const txnId = coins === 0 ? null : openTxn(sql, { kind: 'chargeback', reference, reason, nowMs });
  if (txnId !== null) {
    postEntries(sql, txnId, {
      'wallet:paid': -coinsOf(rest, 'paid'),
      'wallet:bonus': -coinsOf(rest, 'bonus'),
      'system:lapsed': -lapsed,
      'system:adjusted': -adjusted,
      [policy === 'debt' ? 'debt' : 'system:absorbed']: -spent,
      'system:issued': coins,
    });
    postDraws(sql, txnId, rest);
  }
  if (policy !== 'debt' && spent > 0)
    sql.exec('INSERT INTO absorbed_references (reference) VALUES (?) ON CONFLICT DO NOTHING', reference);
  const record: ChargebackRecord = {
    id: txnId ?? makeId('txn', nowMs),
    reference,
    policy,
    coins,
    takenCoins: taken,
    debtCoins: policy === 'debt' ? spent : 0,
    absorbedCoins: policy === 'debt' ? 0 : spent,
    revoked: revoked.map(({ id, episodeId }) => ({ unlockId: id, episodeId })),
    createdAtMs: nowMs,
  };
  const passesRevokedAtSeconds = revoked.length === 0 ? null : revokePasses(sql, nowMs);
  const result = { chargeback: record, passesRevokedAtSeconds, wallet: readWallet(sql, nowMs) };
  // A guest brought it who kept no account of where its coins went: there is nothing to post, but it was asked for.
  if (txnId === null)
    rememberMoved(sql, { kind: 'chargeback', reference, requestSha256: null, result: JSON.stringify(result) });
  else seal(sql, txnId, result);
  forgetParked(sql, reference);
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
  const unlocked = sql
    .exec<{ coins: number }>(
      `SELECT COALESCE(SUM(s.coins), 0) AS coins FROM lots l JOIN shares s ON s.lot_id = l.id
       WHERE l.reference = ? AND s.unlock_id NOT IN (SELECT unlock_id FROM unlock_ends)`,
      reference,
    )
    .one().coins;
  const { lapsed, adjusted, repaid } = goneCoins(sql, reference);
  return {
    rest: lots.flatMap(({ id, kind, remaining }) => (remaining === 0 ? [] : [{ lotId: id, kind, coins: remaining }])),
    lapsed,
    adjusted,
    spent: unlocked + repaid,
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
  for (const unlock of revoked)
    revokeUnlock(sql, unlock, { chargedBack: reference, reason: `chargeback of ${reference}`, nowMs });
  return revoked;
}
