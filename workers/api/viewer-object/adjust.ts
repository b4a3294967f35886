import type { AdjustmentReply, AdjustmentRequest } from '#shared/viewer/adjustments-rpc.ts';
import { lapseLots } from './lots.ts';
import { merged } from './merge-state.ts';
import { holdBack } from './pending-adjustments.ts';
import { postAdjustment } from './post-adjustment.ts';
import { findTxn, KEY_REUSED } from './posting.ts';

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
