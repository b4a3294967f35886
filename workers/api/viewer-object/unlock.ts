import type { UnlockReply, UnlockRequest } from '#shared/viewer/rpc.ts';
import { lapseLots } from './lots.ts';
import { merged } from './merge-state.ts';
import { purchase } from './purchase.ts';
import { earlierUnlock, rememberOwned } from './unlock-keys.ts';
import { findOwned } from './unlocks.ts';

/** One episode for good. A rental of it is no reason not to buy it. */
export function unlock(storage: DurableObjectStorage, request: UnlockRequest): UnlockReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodeId, coins, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = earlierUnlock(sql, request) ?? merged(sql);
    if (earlier) return earlier;
    const owned = findOwned(sql, episodeId);
    if (owned) return rememberOwned(sql, request, owned);
    const episodes = [{ id: episodeId, coins }];
    return purchase(sql, request, { kind: 'unlock', episodes, coins, bundle: null, rental: null });
  });
}
