import { planDraws } from '#core/ledger/plan-draws.ts';
import { assignShares, splitCoins } from '#core/ledger/shares.ts';
import type { BundleRecord, PricedRequest, PurchaseResult, UnlockRecord, UnlockReply } from '#shared/viewer/rpc.ts';
import { freeMethods } from './free-unlocks.ts';
import { grantsVersion } from './grants.ts';
import { coinsOf, readDebt, readLots, readWallet } from './lots.ts';
import { makeId, openTxn, postDraws, postEntries, seal } from './posting.ts';

/** One debit for one or several unlocks. */
export interface Purchase {
  readonly kind: 'unlock' | 'rental';
  /** With what each costs by itself: the price is shared out in that proportion. */
  readonly episodes: readonly { readonly id: string; readonly coins: number }[];
  readonly coins: number;
  readonly bundle: BundleRecord | null;
  readonly rental: { readonly hours: number; readonly startByMs: number } | null;
}

/** Debit and unlocks, all in the one transaction; or nothing, and why. */
export function purchase(sql: SqlStorage, request: PricedRequest, order: Purchase): UnlockReply {
  const { nowMs } = request;
  if (isOutdated(sql, request, order)) return { outcome: 'changed' };
  const debtCoins = readDebt(sql);
  if (debtCoins > 0) return { outcome: 'debt', debtCoins };
  const draws = planDraws(readLots(sql), order.coins, nowMs);
  if (!draws.ok) return { outcome: 'insufficient', balance: draws.error.balance };
  const unlocks = unlocksOf(order, nowMs);
  const txnId = openTxn(sql, { ...request, kind: order.kind });
  postEntries(sql, txnId, {
    'wallet:paid': -coinsOf(draws.value, 'paid'),
    'wallet:bonus': -coinsOf(draws.value, 'bonus'),
    'system:spent': order.coins,
  });
  postDraws(sql, txnId, draws.value);
  for (const unlock of unlocks) insertUnlock(sql, txnId, unlock);
  for (const share of assignShares(draws.value, unlocks)) insertShare(sql, share);
  const result: PurchaseResult = { unlocks, bundle: order.bundle, wallet: readWallet(sql, nowMs) };
  seal(sql, txnId, result);
  return { ...result, outcome: 'unlocked' };
}

/** Whether the price rests on what is not true any more: nobody pays for what a pass, an ad or a wait has opened since. */
function isOutdated(sql: SqlStorage, request: PricedRequest, { coins, episodes }: Purchase): boolean {
  const { nowMs } = request;
  // The caller found it open, or free.
  if (coins <= 0 || request.grantsVersion !== grantsVersion(sql, nowMs)) return true;
  const ids = episodes.map(({ id }) => id);
  return freeMethods(sql, ids, nowMs).size > 0;
}

function unlocksOf({ kind, episodes, coins, rental }: Purchase, nowMs: number): UnlockRecord[] {
  const parts = splitCoins(
    coins,
    episodes.map((episode) => episode.coins),
  );
  return episodes.map(({ id: episodeId }, index) => ({
    id: makeId('unl', nowMs),
    episodeId,
    method: kind === 'rental' ? 'rental' : 'coins',
    coins: parts[index] ?? 0,
    rental: rental === null ? null : { ...rental, startedAtMs: null },
    createdAtMs: nowMs,
    endedAtMs: null,
  }));
}

export function insertUnlock(sql: SqlStorage, txnId: string, unlock: UnlockRecord): void {
  const { id, episodeId, method, coins, createdAtMs, rental } = unlock;
  sql.exec(
    'INSERT INTO unlocks (id, episode_id, txn_id, method, coins, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    episodeId,
    txnId,
    method,
    coins,
    createdAtMs,
  );
  if (rental === null) return;
  const { hours, startByMs, startedAtMs } = rental;
  sql.exec(
    'INSERT INTO rentals (unlock_id, hours, start_by, started_at) VALUES (?, ?, ?, ?)',
    id,
    hours,
    startByMs,
    startedAtMs,
  );
}

export function insertShare(
  sql: SqlStorage,
  { unlockId, lotId, coins }: { unlockId: string; lotId: string; coins: number },
): void {
  sql.exec('INSERT INTO shares (unlock_id, lot_id, coins) VALUES (?, ?, ?)', unlockId, lotId, coins);
}
