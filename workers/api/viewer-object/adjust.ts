import { planDraws } from '#core/ledger/plan-draws.ts';
import type { AdjustmentRecord, AdjustmentReply, AdjustmentRequest } from '#shared/viewer/rpc.ts';
import { insertLot, lapseLots, readLots, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { findTxn, KEY_REUSED, openTxn, postDraws, postEntries, seal } from './posting.ts';
import { planSettlement, settle, type Income } from './settle.ts';

/** A correction by a person, who says why. It takes no more than there is. */
export function adjust(storage: DurableObjectStorage, request: AdjustmentRequest): AdjustmentReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { coins, kind, reason, actor, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = findTxn(sql, 'adjustment', request.idempotencyKey, null);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return KEY_REUSED;
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    const gone = merged(sql);
    if (gone) return gone;
    const lots = readLots(sql).filter((lot) => lot.kind === kind);
    const draws = planDraws(lots, Math.max(0, -coins), nowMs);
    if (!draws.ok) return { outcome: 'insufficient', balance: draws.error.balance };
    const id = openTxn(sql, { ...request, kind: 'adjustment' });
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
  });
}
