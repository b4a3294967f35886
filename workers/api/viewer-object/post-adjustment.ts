import { planDraws } from '#core/ledger/plan-draws.ts';
import type { AdjustmentRecord, AdjustmentReply, AdjustmentRequest } from '#shared/viewer/adjustments-rpc.ts';
import type { Idempotent } from '#shared/viewer/rpc.ts';
import { insertLot, readLots, readWallet } from './lots.ts';
import { openTxn, postDraws, postEntries, seal } from './posting.ts';
import { planSettlement, settle, type Income } from './settle.ts';

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
