import type { RentRequest, UnlockReply } from '#shared/viewer/rpc.ts';
import { lapseLots } from './lots.ts';
import { merged } from './merge-state.ts';
import { purchase } from './purchase.ts';
import { earlierUnlock, rememberOwned } from './unlock-keys.ts';
import { findOwned, findRental, rentalEndMs } from './unlocks.ts';

/** An episode for some hours from its first play. One that is owned, or rented and not over, is not rented again. */
export function rent(storage: DurableObjectStorage, request: RentRequest): UnlockReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodeId, coins, hours, startByMs, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = earlierUnlock(sql, request) ?? merged(sql);
    if (earlier) return earlier;
    const owned = findOwned(sql, episodeId) ?? findRental(sql, episodeId, nowMs);
    if (owned) return rememberOwned(sql, request, owned);
    const episodes = [{ id: episodeId, coins }];
    return purchase(sql, request, { kind: 'rental', episodes, coins, bundle: null, rental: { hours, startByMs } });
  });
}

/** Begins the clock, once: whoever plays again gets the same end. null when there is nothing that could be begun. */
export function startRental(
  storage: DurableObjectStorage,
  { episodeId, nowMs }: { episodeId: string; nowMs: number },
): { untilMs: number } | null {
  return storage.transactionSync(() => {
    const rented = findRental(storage.sql, episodeId, nowMs);
    if (rented?.rental == null) return null;
    if (rented.rental.startedAtMs !== null) return { untilMs: rentalEndMs(rented) };
    storage.sql.exec('UPDATE rentals SET started_at = ? WHERE unlock_id = ?', nowMs, rented.id);
    return { untilMs: nowMs + rented.rental.hours * 3_600_000 };
  });
}
