import type { EpisodeUnlockRecord } from '#shared/viewer/rpc.ts';
import { freeMethods } from './free-unlocks.ts';
import { paidUnlocks } from './unlocks.ts';

/** Of each episode the strongest claim: bought for good, then without coins, which is for good too, then rented. */
export function unlocksForState(sql: SqlStorage, episodeIds: readonly string[], nowMs: number): EpisodeUnlockRecord[] {
  const paid = paidUnlocks(sql, episodeIds, nowMs);
  const free = freeMethods(sql, episodeIds, nowMs);
  const bought = new Set(paid.flatMap(({ episodeId, method }) => (method === 'coins' ? [episodeId] : [])));
  return [
    ...paid.filter(({ episodeId }) => bought.has(episodeId) || !free.has(episodeId)),
    ...[...free].flatMap(([episodeId, method]) =>
      bought.has(episodeId) ? [] : [{ episodeId, method, untilMs: null, rental: null }],
    ),
  ];
}
