import type { BundleRequest, UnlockReply } from '#shared/viewer/rpc.ts';
import { lapseLots } from './lots.ts';
import { merged } from './merge-state.ts';
import { purchase } from './purchase.ts';
import { earlierUnlock } from './unlock-keys.ts';
import { liveUnlocks } from './unlocks.ts';

/**
 * Several episodes in one debit. The caller planned it on what it knew of the viewer; where one of them was bought in
 * between, nothing is sold and the caller plans anew: nobody pays twice for one episode.
 */
export function unlockBundle(storage: DurableObjectStorage, request: BundleRequest): UnlockReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodes, coins, bundle, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = earlierUnlock(sql, request) ?? merged(sql);
    if (earlier) return earlier;
    const ids = episodes.map(({ id }) => id);
    if (liveUnlocks(sql, ids).some(({ method }) => method === 'coins')) return { outcome: 'changed' };
    return purchase(sql, request, { kind: 'unlock', episodes, coins, bundle, rental: null });
  });
}
