import { PENDING_ADJUSTMENT_TTL_MS } from '#core/ledger/limits.ts';
import type {
  AdjustmentDecision,
  AdjustmentReply,
  AdjustmentRequest,
  DecisionReply,
  PendingAdjustment,
} from '#shared/viewer/adjustments-rpc.ts';
import { lapseLots } from './lots.ts';
import { merged } from './merge-state.ts';
import { postAdjustment } from './post-adjustment.ts';
import { findTxn, KEY_REUSED, makeId } from './posting.ts';

/**
 * Corrections above a threshold are approved by a second API key before they move a coin (security.md LED-22). What was
 * corrected on this viewer within a day counts together, by whichever key: a threshold that can be gone under in two
 * halves is none. What guests brought along does not count: docs/decisions/020 says so.
 */
const DAY_MS = 86_400_000;

/** The pending one that the request is, or becomes; null where one key is enough. In the transaction of the correction. */
export function holdBack(sql: SqlStorage, request: AdjustmentRequest): AdjustmentReply | null {
  const { idempotencyKey, requestSha256, coins, approvalCoins, nowMs } = request;
  const [known] = select(sql, 'idempotency_key = ?', idempotencyKey);
  if (known !== undefined)
    return known.requestSha256 === requestSha256 ? { outcome: 'pending', pending: at(known, nowMs) } : KEY_REUSED;
  if (approvalCoins === null || Math.abs(coins) + correctedSince(sql, nowMs - DAY_MS) <= approvalCoins) return null;
  const id = makeId('adj', nowMs);
  sql.exec(
    `INSERT INTO pending_adjustments (id, idempotency_key, request_sha256, coins, kind, reason, actor, made_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    idempotencyKey,
    requestSha256,
    coins,
    request.kind,
    request.reason,
    request.actor,
    request.apiKeyId,
    nowMs,
    nowMs + PENDING_ADJUSTMENT_TTL_MS,
  );
  const [pending] = select(sql, 'id = ?', id);
  return pending === undefined ? null : { outcome: 'pending', pending: at(pending, nowMs) };
}

/** What was corrected without a second key. */
function correctedSince(sql: SqlStorage, sinceMs: number): number {
  return sql
    .exec<{ coins: number }>(
      `SELECT COALESCE(SUM(ABS(e.amount)), 0) AS coins FROM txns t JOIN entries e ON e.txn_id = t.id
       WHERE t.kind = 'adjustment' AND t.created_at > ? AND e.account_id = 'system:adjusted'
         AND t.id NOT IN (SELECT txn_id FROM pending_adjustments WHERE txn_id IS NOT NULL)`,
      sinceMs,
    )
    .one().coins;
}

/** The newest first. */
export function listPendingAdjustments(sql: SqlStorage, nowMs: number): PendingAdjustment[] {
  return select(sql, 'true').map((each) => at(each, nowMs));
}

export function decideAdjustment(storage: DurableObjectStorage, decision: AdjustmentDecision): DecisionReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { id, apiKeyId, isApproved, nowMs } = decision;
    const gone = merged(sql);
    if (gone) return gone;
    const [found] = select(sql, 'id = ?', id);
    if (found === undefined) return { outcome: 'not-found' };
    const { state } = at(found, nowMs);
    const isAgain = state === (isApproved ? 'approved' : 'rejected') && found.decidedBy === apiKeyId;
    if (state !== 'pending' && !isAgain) return { outcome: 'not-pending', state };
    if (!isApproved) {
      sql.exec("UPDATE pending_adjustments SET state = 'rejected', decided_by = ? WHERE id = ?", apiKeyId, id);
      return { outcome: 'rejected' };
    }
    if (apiKeyId === found.madeBy) return { outcome: 'own' };
    const earlier = findTxn(sql, 'adjustment', found.idempotencyKey, null);
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    lapseLots(sql, nowMs);
    const reply = postAdjustment(sql, { ...found, nowMs });
    if (reply.outcome !== 'adjusted') return reply;
    sql.exec(
      "UPDATE pending_adjustments SET state = 'approved', decided_by = ?, txn_id = ? WHERE id = ?",
      apiKeyId,
      reply.adjustment.id,
      id,
    );
    return reply;
  });
}

type Stored = PendingAdjustment & { readonly idempotencyKey: string; readonly requestSha256: string };

function select(sql: SqlStorage, where: string, ...values: string[]): Stored[] {
  return sql
    .exec(
      `SELECT id, idempotency_key AS idempotencyKey, request_sha256 AS requestSha256, coins, kind, reason, actor,
         made_by AS madeBy, state, decided_by AS decidedBy, created_at AS createdAtMs, expires_at AS expiresAtMs
       FROM pending_adjustments WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT 100`,
      ...values,
    )
    .toArray() as unknown as Stored[];
}

function at(stored: Stored, nowMs: number): PendingAdjustment {
  const { idempotencyKey: _, requestSha256: __, ...pending } = stored;
  return pending.state === 'pending' && pending.expiresAtMs <= nowMs ? { ...pending, state: 'expired' } : pending;
}
