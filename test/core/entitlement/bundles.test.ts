import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planBundle, type BundleMember } from '#core/entitlement/bundles.ts';
import { decideSeries, type SeriesAccessRequest } from '#core/entitlement/decide-series.ts';
import type { AccessPolicy, BundleTerms } from '#core/entitlement/policy.ts';
import { UNKNOWN_VIEWER, type ViewerState } from '#core/entitlement/viewer-state.ts';

const NOW = 1_795_348_800;
const POLICY: AccessPolicy = {
  freeEpisodes: 2,
  coinPrice: 10,
  passes: ['vip'],
  bundles: [
    { kind: 'next', count: 3, discountPercent: 10 },
    { kind: 'season', discountPercent: 25 },
    { kind: 'series', discountPercent: 33 },
  ],
};

/** Ten episodes, the first five in one season. */
function series(viewer: Partial<ViewerState> = {}, policy = POLICY): SeriesAccessRequest {
  const episodes = Array.from({ length: 10 }, (_, index) => ({
    episode: { id: `ep_${index + 1}`, seriesId: 'ser_1', seasonId: index < 5 ? 'sea_1' : 'sea_2', number: index + 1 },
    policy,
  }));
  return { episodes, viewer: { ...UNKNOWN_VIEWER, ...viewer }, country: null, nowSeconds: NOW };
}

const bundlesOf = (request: SeriesAccessRequest, number: number) => {
  const decision = decideSeries(request)[number - 1];
  if (decision === undefined || decision.access === 'full') return [];
  return decision.offers.filter(({ method }) => method === 'bundle');
};
const owns = (...ids: string[]): Partial<ViewerState> => ({
  unlocks: new Map(ids.map((id) => [id, { method: 'coins', untilSeconds: null, rental: null }])),
});

describe('at a locked episode, a viewer is offered', () => {
  test('the next ones, the rest of the season and of the series, each with what it costs and saves', () => {
    expect(bundlesOf(series({ coins: 20 }), 3)).toEqual([
      {
        method: 'bundle',
        bundle: { kind: 'next', count: 3 },
        episodeCount: 3,
        listCoins: 30,
        discountPercent: 10,
        coins: 27,
        balance: 20,
        shortCoins: 7,
      },
      {
        method: 'bundle',
        bundle: { kind: 'season' },
        episodeCount: 3,
        listCoins: 30,
        discountPercent: 25,
        coins: 23,
        balance: 20,
        shortCoins: 3,
      },
      {
        method: 'bundle',
        bundle: { kind: 'series' },
        episodeCount: 8,
        listCoins: 80,
        discountPercent: 33,
        coins: 54,
        balance: 20,
        shortCoins: 34,
      },
    ]);
  });

  test('nothing twice: what is owned is neither counted nor paid for', () => {
    const [next, season, all] = bundlesOf(series(owns('ep_4')), 3);
    expect(next).toMatchObject({ episodeCount: 3, coins: 27 });
    expect(season).toMatchObject({ episodeCount: 2, coins: 15 });
    expect(all).toMatchObject({ episodeCount: 7, listCoins: 70 });
  });

  test('no bundle of one episode', () => {
    expect(bundlesOf(series(owns('ep_3', 'ep_5', 'ep_6', 'ep_7', 'ep_8', 'ep_9', 'ep_10')), 4)).toEqual([]);
  });

  test('no bundle of what is not sold by itself', () => {
    const { coinPrice: _, ...unsold } = POLICY;
    expect(bundlesOf(series({}, unsold), 3)).toEqual([]);
  });
});

test('a member with a pass is asked for coins nowhere in the series', () => {
  const pass = { scope: 'all', targetId: null, pass: 'vip', expiresAtSeconds: null } as const;
  for (const decision of decideSeries(series({ grants: [pass] }))) expect(decision.access).toBe('full');
});

describe('for any series and any viewer, a bundle', () => {
  const member = fc.record({
    coins: fc.option(fc.integer({ min: 1, max: 99 })),
    seasonId: fc.constantFrom('a', 'b', null),
  });
  const terms: fc.Arbitrary<BundleTerms> = fc.record({
    kind: fc.constantFrom('next', 'season', 'series'),
    count: fc.integer({ min: 2, max: 20 }),
    discountPercent: fc.integer({ min: 0, max: 99 }),
  });

  test('holds only what is still to be bought, once, and never costs more than its parts or nothing', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 30 }), fc.nat(), terms, (rows, at, term) => {
        const members = rows.map((row, index): BundleMember => ({ ...row, id: `ep_${index}` }));
        const plan = planBundle(members, at % members.length, term);
        if (plan === null) return;
        const ids = plan.episodes.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeGreaterThanOrEqual(2);
        if (term.kind === 'next') expect(ids.length).toBeLessThanOrEqual(term.count ?? 0);
        for (const { id, coins } of plan.episodes) expect(members.find((one) => one.id === id)?.coins).toBe(coins);
        expect(plan.coins).toBeGreaterThan(0);
        expect(plan.coins).toBeLessThanOrEqual(plan.listCoins);
      }),
    );
  });
});
