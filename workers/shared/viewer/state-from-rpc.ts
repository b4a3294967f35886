import type { EpisodeUnlock, ViewerState } from '#core/entitlement/viewer-state.ts';
import type { EpisodeUnlockRecord, ViewerStateReply } from './rpc.ts';

/** The object's answer as decisions take it: seconds instead of milliseconds, and found by episode. */
export function viewerStateFrom(reply: ViewerStateReply): ViewerState {
  return {
    coins: reply.coins,
    debtCoins: reply.debtCoins,
    unlocks: new Map(reply.unlocks.map((unlock) => [unlock.episodeId, unlockFrom(unlock)])),
    grants: reply.grants.map(({ scope, targetId, pass, expiresAtMs }) => ({
      scope,
      targetId,
      pass,
      expiresAtSeconds: expiresAtMs === null ? null : toSeconds(expiresAtMs),
    })),
    waits: reply.waits.map(({ episodeId, seriesId, readyAtMs }) => ({
      episodeId,
      seriesId,
      readyAtSeconds: Math.ceil(readyAtMs / 1_000),
    })),
    ads: {
      watchedByEpisode: new Map(reply.ads.watched.map(({ episodeId, count }) => [episodeId, count])),
      todayBySeries: new Map(reply.ads.today.map(({ seriesId, count }) => [seriesId, count])),
      leftToday: reply.ads.leftToday,
    },
  };
}

function unlockFrom({ method, untilMs, rental }: EpisodeUnlockRecord): EpisodeUnlock {
  return {
    method,
    untilSeconds: untilMs === null ? null : toSeconds(untilMs),
    rental: rental === null ? null : { hours: rental.hours, startBySeconds: toSeconds(rental.startByMs) },
  };
}

/** Rounded down: what ends within a second has ended for a pass, which counts in seconds. */
function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
