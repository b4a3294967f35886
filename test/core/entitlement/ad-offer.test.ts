import { describe, expect, test } from 'vitest';
import { offersFor } from '#core/entitlement/offers.ts';
import { UNKNOWN_VIEWER } from '#core/entitlement/viewer-state.ts';

const EPISODE = { id: 'ep_1', seriesId: 'ser_1' };

describe('the offer of rewarded ads', () => {
  test.each([
    { today: 0, leftToday: null, left: 5 },
    { today: 2, leftToday: null, left: 3 },
    { today: 9, leftToday: null, left: 0 },
    { today: 2, leftToday: 10, left: 3 },
    { today: 2, leftToday: 1, left: 1 },
    { today: 0, leftToday: 0, left: 0 },
  ])('has $left left after $today of 5, where $leftToday are left over all series', ({ today, leftToday, left }) => {
    const ads = { watchedByEpisode: new Map([['ep_1', 1]]), todayBySeries: new Map([['ser_1', today]]), leftToday };
    const policy = { ad: { adsPerUnlock: 2, dailyCap: 5 } };
    expect(offersFor(EPISODE, policy, { ...UNKNOWN_VIEWER, ads })).toEqual([
      { method: 'ad', adsPerUnlock: 2, adsWatched: 1, adsLeftToday: left },
    ]);
  });
});
