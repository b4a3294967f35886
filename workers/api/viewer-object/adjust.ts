import { planDraws } from '#core/ledger/plan-draws.ts';
import type { AdjustmentRecord, AdjustmentReply, AdjustmentRequest, Idempotent } from '#shared/viewer/rpc.ts';
import { insertLot, lapseLots, readLots, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { holdBack } from './pending-adjustments.ts';
import { findTxn, KEY_REUSED, openTxn, postDraws, postEntries, seal } from './posting.ts';
import { planSettlement, settle, type Income } from './settle.ts';

/** A correction by a person, who says why. It takes no more than there is. */
export function adjust(storage: DurableObjectStorage, request: AdjustmentRequest): AdjustmentReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    lapseLots(sql, request.nowMs);
    const earlier = findTxn(sql, 'adjustment', request.idempotencyKey, null);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return KEY_REUSED;
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    return merged(sql) ?? holdBack(sql, request) ?? postAdjustment(sql, request);
  });
}

type Posting = Idempotent & Pick<AdjustmentRequest, 'coins' | 'kind' | 'reason' | 'actor'>;

/** Within the transaction of its caller. */
export function postAdjustment(
  sql: SqlStorage,
  { idempotencyKey, requestSha256, coins, kind, reason, actor, nowMs }: Posting,
): Extract<AdjustmentReply, { outcome: 'adjusted' | 'replayed' | 'insufficient' }> {
  const lots = readLots(sql).filter((lot) => lot.kind === kind);
  const draws = planDraws(lots, Math.max(0, -coins), nowMs);
  if (!draws.ok) return { outcome: 'insufficient', balance: draws.error.balance };
  const id = openTxn(sql, { kind: 'adjustment', idempotencyKey, requestSha256, reason, actor, nowMs });
  postEntries(sql, id, { [`wallet:${kind}`]: coins, 'system:adjusted': -coins });
  postDraws(sql, id, draws.value);
  const income: Income[] = [];
  if (coins > 0) {
    const lotId = insertLot(sql, id, { kind, coins, expiresAtMs: null, reference: null }, nowMs);
    income.push({ lotId, kind, coins, reference: null });
  }
  const settlement = planSettlement(sql, income);
  const record: AdjustmentRecord = { id, coins, kind, reason, actor, createdAtMs: nowMs };
  const result = { adjustment: record, wallet: readWallet(sql, nowMs, settlement) };
  seal(sql, id, result);
  settle(sql, settlement, nowMs);
  return { ...result, outcome: 'adjusted' };
}
