import { planArrival } from '#core/ledger/plan-merge.ts';
import type {
  ApplyMergeReply,
  BeginMergeReply,
  MergeRecord,
  Transfer,
  TransferredUnlock,
} from '#shared/viewer/merge-rpc.ts';
import type { Idempotent, Merged } from '#shared/viewer/rpc.ts';
import { takeBackParked } from './chargeback.ts';
import { leavingGrants, takeInGrant } from './grants.ts';
import { insertLot, lapseLots, readDebt, readLots, readWallet } from './lots.ts';
import { keepMergeAnswer, readMergeAnswer } from './merge-answer.ts';
import { leavingFreeWays, takeInFreeWays } from './merge-free-ways.ts';
import { refuseToLeave } from './merge-order.ts';
import { merged } from './merge-state.ts';
import { leavingCoins, takeInCoins } from './moved-coins.ts';
import { leavingTxns, rememberMoved } from './moved-txns.ts';
import { leavingParked, listArrived, parkChargeback } from './parked.ts';
import { findTxn, KEY_REUSED, makeId, openTxn, postDraws, postEntries, seal } from './posting.ts';
import { insertShare, insertUnlock } from './purchase.ts';
import { readPassesRevokedAt, revokePasses } from './revocation.ts';
import { planSettlement, settle, type Income } from './settle.ts';
import { forgetParts, joinParts, storeParts } from './transfer-parts.ts';
import { allLiveUnlocks, findOwned, findRental } from './unlocks.ts';

/**
 * A guest becomes part of a signed-in viewer. Two objects share no transaction, so it goes in steps, each of which may
 * be done again: the target says that it is there, the guest seals a transfer and freezes, the target takes it in, once
 * by the transfer's id, and the guest forgets what it has handed over. Whatever breaks off in between, the guest's
 * alarm or the next call goes on with (docs/decisions/020-ledger.md).
 */
export function openMerge(
  storage: DurableObjectStorage,
  request: Idempotent & { readonly guest: string; readonly openUntilMs: number },
): { readonly outcome: 'open' | 'key-reused' } | Merged {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const earlier = findTxn(sql, 'transfer-in', request.idempotencyKey, null);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return KEY_REUSED;
    const gone = merged(sql);
    if (gone) return gone;
    sql.exec('INSERT OR REPLACE INTO merge_in (guest, open_until) VALUES (?, ?)', request.guest, request.openUntilMs);
    return { outcome: 'open' };
  });
}

export function beginMerge(
  storage: DurableObjectStorage,
  request: Idempotent & { readonly guest: string; readonly target: string },
): BeginMergeReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { target, nowMs } = request;
    const begun = readMergeOut(sql);
    if (begun !== null) {
      if (begun.target !== target) return { outcome: 'merged', into: begun.target };
      const { transferId, transfer } = begun;
      return { outcome: 'begun', transferId, transfer, passesRevokedAtSeconds: readPassesRevokedAt(sql) };
    }
    const gone = merged(sql);
    if (gone) return gone;
    const refusal = refuseToLeave(sql, request);
    if (refusal !== null) return { outcome: refusal };
    lapseLots(sql, nowMs);
    const transfer = sealTransfer(sql, request);
    if (transfer.unlocks.length > 0) revokePasses(sql, nowMs);
    sql.exec('UPDATE grants SET revoked_at = ? WHERE revoked_at IS NULL', nowMs);
    sql.exec('DELETE FROM parked_chargebacks');
    sql.exec(
      'INSERT INTO merge_out (id, transfer_id, target, transfer, created_at) VALUES (1, ?, ?, ?, ?)',
      transfer.id,
      target,
      storeParts(sql, JSON.stringify(transfer)),
      nowMs,
    );
    return { outcome: 'begun', transferId: transfer.id, transfer, passesRevokedAtSeconds: readPassesRevokedAt(sql) };
  });
}

export interface MergeOut {
  readonly transferId: string;
  readonly target: string;
  /** null once the target has it. */
  readonly transfer: Transfer | null;
}

export function readMergeOut(sql: SqlStorage): MergeOut | null {
  const [row] = sql
    .exec<{ transfer_id: string; target: string; transfer: string | null }>(
      'SELECT transfer_id, target, transfer FROM merge_out',
    )
    .toArray();
  if (!row) return null;
  const transfer = row.transfer === null ? null : parseTransfer(joinParts(sql, row.transfer));
  return { transferId: row.transfer_id, target: row.target, transfer };
}

/** One that was sealed by an older version says nothing of some things. */
function parseTransfer(text: string): Transfer {
  const { free, ...transfer } = JSON.parse(text) as Omit<Transfer, 'goneCoins' | 'free'> & {
    readonly free: Omit<Transfer['free'], 'usedAdViews'>;
  };
  return { goneCoins: [], ...transfer, free: { usedAdViews: [], ...free } };
}

export function finishMerge(storage: DurableObjectStorage, transferId: string): void {
  storage.transactionSync(() => {
    const { rowsWritten } = storage.sql.exec('UPDATE merge_out SET transfer = NULL WHERE transfer_id = ?', transferId);
    if (rowsWritten > 0) forgetParts(storage.sql);
  });
}

/** Empties the guest into one transaction: every coin, every unlock with what paid it, the debt. */
function sealTransfer(
  sql: SqlStorage,
  request: Idempotent & { readonly guest: string; readonly target: string },
): Transfer {
  const { guest, nowMs, idempotencyKey, requestSha256, target } = request;
  const id = makeId('mrg', nowMs);
  const lots = readLots(sql);
  const debtCoins = readDebt(sql);
  const unlocks = allLiveUnlocks(sql).map((unlock) => ({ ...unlock, shares: sharesOf(sql, unlock.id) }));
  const transfer: Transfer = {
    id,
    guest,
    idempotencyKey,
    requestSha256,
    lots: lotsOf(sql),
    unlocks,
    grants: leavingGrants(sql, nowMs),
    free: leavingFreeWays(sql, nowMs),
    debtCoins,
    parked: leavingParked(sql),
    absorbed: sql
      .exec<{ reference: string }>('SELECT reference FROM absorbed_references')
      .toArray()
      .map(({ reference }) => reference),
    goneCoins: leavingCoins(sql),
    known: leavingTxns(sql),
  };
  const txnId = openTxn(sql, { kind: 'transfer-out', reference: id, reason: `merged into ${target}`, nowMs });
  const held = (kind: 'paid' | 'bonus'): number =>
    lots.reduce((sum, lot) => sum + (lot.kind === kind ? lot.remaining : 0), 0);
  const spent = unlocks.reduce((sum, { coins }) => sum + coins, 0);
  postEntries(sql, txnId, {
    'wallet:paid': -held('paid'),
    'wallet:bonus': -held('bonus'),
    'system:spent': -spent,
    debt: debtCoins,
    'system:transfer': held('paid') + held('bonus') + spent - debtCoins,
  });
  postDraws(
    sql,
    txnId,
    lots.map((lot) => ({ lotId: lot.id, coins: lot.remaining })),
  );
  for (const unlock of unlocks) sql.exec('INSERT INTO unlock_ends (unlock_id, txn_id) VALUES (?, ?)', unlock.id, txnId);
  seal(sql, txnId, {});
  return transfer;
}

/** Those that hold coins or have paid for something that the viewer has. */
function lotsOf(sql: SqlStorage): Transfer['lots'] {
  return sql
    .exec<{
      id: string;
      kind: 'paid' | 'bonus';
      remaining: number;
      expiresAtMs: number | null;
      reference: string | null;
    }>(
      `SELECT id, kind, remaining, expires_at AS expiresAtMs, reference FROM lots WHERE remaining > 0 OR id IN
         (SELECT lot_id FROM shares WHERE unlock_id NOT IN (SELECT unlock_id FROM unlock_ends)) ORDER BY seq`,
    )
    .toArray();
}

function sharesOf(sql: SqlStorage, unlockId: string): TransferredUnlock['shares'] {
  return sql
    .exec<{ lotId: string; coins: number }>('SELECT lot_id AS lotId, coins FROM shares WHERE unlock_id = ?', unlockId)
    .toArray();
}

/** `transfer` is null when the guest has forgotten it: then this viewer must have it. */
export function applyMerge(
  storage: DurableObjectStorage,
  { transferId, transfer, nowMs }: { transferId: string; transfer: Transfer | null; nowMs: number },
): ApplyMergeReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const earlier = findTxn(sql, 'transfer-in', null, transferId);
    if (earlier) {
      const answer = readMergeAnswer(sql, transferId, earlier);
      // A retry has opened the door again.
      sql.exec('DELETE FROM merge_in WHERE guest = ?', answer.merge.from);
      return { ...answer, outcome: 'replayed' };
    }
    const gone = merged(sql);
    if (gone) return gone;
    if (transfer === null) return { outcome: 'unknown' };
    lapseLots(sql, nowMs);
    const merge = takeIn(sql, transfer, nowMs);
    // Of the one's payments, chargebacks that had come to the other.
    for (const parked of listArrived(sql)) takeBackParked(sql, parked, nowMs);
    sql.exec('DELETE FROM merge_in WHERE guest = ?', transfer.guest);
    return { ...keepMergeAnswer(sql, merge, transfer.requestSha256, nowMs), outcome: 'applied' };
  });
}

function takeIn(sql: SqlStorage, transfer: Transfer, nowMs: number): MergeRecord {
  const unlocks = transfer.unlocks.map((unlock) => ({
    ...unlock,
    isUnplayed: unlock.rental !== null && unlock.rental.startedAtMs === null,
  }));
  const isOpen = (unlock: TransferredUnlock): boolean =>
    findOwned(sql, unlock.episodeId) !== null ||
    (unlock.method === 'rental' && findRental(sql, unlock.episodeId, nowMs) !== null);
  const arrival = planArrival(transfer.lots, unlocks, isOpen, nowMs);
  const isKeyFree = findTxn(sql, 'transfer-in', transfer.idempotencyKey, null) === null;
  const txnId = openTxn(sql, {
    kind: 'transfer-in',
    nowMs,
    idempotencyKey: isKeyFree ? transfer.idempotencyKey : null,
    requestSha256: transfer.requestSha256,
    reference: transfer.id,
    reason: `merged from ${transfer.guest}`,
  });
  const income: Income[] = [];
  for (const lot of arrival.lots) {
    const lotId = insertLot(sql, txnId, { ...lot, id: lot.id ?? makeId('lot', nowMs) }, nowMs);
    if (lot.drawn > 0) postDraws(sql, txnId, [{ lotId, coins: lot.drawn }]);
    if (lot.givenBack > 0) income.push({ lotId, kind: lot.kind, coins: lot.givenBack, reference: lot.reference });
  }
  for (const { shares, ...unlock } of arrival.kept) {
    insertUnlock(sql, txnId, unlock);
    for (const share of shares) insertShare(sql, { unlockId: unlock.id, ...share });
  }
  const arrived = (kind: 'paid' | 'bonus'): number =>
    arrival.lots.reduce((sum, lot) => sum + (lot.kind === kind ? lot.coins - lot.drawn : 0), 0);
  const spent = arrival.kept.reduce((sum, { coins }) => sum + coins, 0);
  const coins = arrived('paid') + arrived('bonus');
  postEntries(sql, txnId, {
    'wallet:paid': arrived('paid'),
    'wallet:bonus': arrived('bonus'),
    'system:spent': spent,
    debt: -transfer.debtCoins,
    'system:transfer': transfer.debtCoins - coins - spent,
  });
  rememberPayments(sql, transfer, nowMs);
  for (const grant of transfer.grants) takeInGrant(sql, grant);
  takeInFreeWays(sql, transfer.free, nowMs);
  const settlement = planSettlement(sql, income);
  const record: MergeRecord = {
    id: transfer.id,
    from: transfer.guest,
    coins,
    unlocks: arrival.kept.length,
    givenBack: arrival.givenBack.map(({ id, episodeId, coins: paid }) => ({ unlockId: id, episodeId, coins: paid })),
    grants: transfer.grants.length,
    createdAtMs: nowMs,
  };
  seal(sql, txnId, { merge: record, wallet: readWallet(sql, nowMs, settlement) });
  settle(sql, settlement, nowMs);
  return record;
}

function rememberPayments(sql: SqlStorage, transfer: Transfer, nowMs: number): void {
  // An older version left out since when.
  for (const parked of transfer.parked) parkChargeback(sql, { ...parked, createdAtMs: parked.createdAtMs ?? nowMs });
  for (const reference of transfer.absorbed)
    sql.exec('INSERT INTO absorbed_references (reference) VALUES (?) ON CONFLICT DO NOTHING', reference);
  takeInCoins(sql, transfer.goneCoins);
  for (const txn of transfer.known) rememberMoved(sql, txn);
}
