import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANYWHERE, decideAccess, type AccessRequest, type Decision } from '#core/entitlement/decide.ts';
import type { AccessPolicy } from '#core/entitlement/policy.ts';
import { UNKNOWN_VIEWER, type EpisodeUnlock, type ViewerGrant, type Wait } from '#core/entitlement/viewer-state.ts';

const NOW = 1_795_348_800;
const EPISODE = { id: 'ep_5', seriesId: 'ser_1', seasonId: 'sea_1', number: 5 };
const PRICED: AccessPolicy = { freeEpisodes: 3, coinPrice: 10 };
const GRANT: ViewerGrant = { scope: 'series', targetId: 'ser_1', pass: null, expiresAtSeconds: null };

interface Case {
  readonly policy?: AccessPolicy;
  readonly coins?: number;
  readonly unlocks?: readonly EpisodeUnlock[];
  /** Which episode the unlock is of. */
  readonly unlockOf?: string;
  readonly waits?: readonly Wait[];
  readonly debtCoins?: number;
  readonly grants?: readonly ViewerGrant[];
  readonly country?: string | null;
  readonly episode?: Partial<AccessRequest['episode']>;
}

function decide({
  policy = PRICED,
  coins = 0,
  debtCoins = 0,
  unlocks = [],
  unlockOf = 'ep_5',
  waits = [],
  grants = [],
  country = null,
  episode = {},
}: Case): Decision {
  const unlock = unlocks[0];
  const owned = new Map(unlock === undefined ? [] : [[unlockOf, unlock] as const]);
  const viewer = { ...UNKNOWN_VIEWER, coins, debtCoins, unlocks: owned, waits, grants };
  return decideAccess({ episode: { ...EPISODE, ...episode }, policy, viewer, country, nowSeconds: NOW });
}

const basisOf = (given: Case): string => decide(given).basis;
/** What opens an episode, strongest claim first, and what each looks like. */
const WAYS = {
  unlock: { unlocks: [{ method: 'coins', untilSeconds: null, rental: null }] },
  ad: { unlocks: [{ method: 'ad', untilSeconds: null, rental: null }] },
  wait: { waits: [{ episodeId: 'ep_5', seriesId: 'ser_1', readyAtSeconds: NOW }] },
  grant: { grants: [GRANT] },
  pass: { grants: [{ ...GRANT, scope: 'all', targetId: null, pass: 'vip' }], policy: { passes: ['vip'] } },
  rental: { unlocks: [{ method: 'rental', untilSeconds: NOW + 1, rental: null }] },
  free: { policy: { freeEpisodes: 5 } },
  'free-window': { policy: { freeWindows: [{ fromSeconds: NOW - 1, toSeconds: NOW + 60 }] } },
  'unplayed rental': {
    unlocks: [{ method: 'rental', untilSeconds: null, rental: { hours: 48, startBySeconds: NOW + 1 } }],
  },
  preview: { policy: { previewSeconds: 6 } },
} satisfies Record<string, Case>;
type Way = keyof typeof WAYS;
const ORDER = Object.keys(WAYS) as readonly Way[];
const basisNamedBy = (way: Way | undefined): string => (way === 'unplayed rental' ? 'rental' : (way ?? 'price'));

/** What stands in the way of everything, or of the way that it is named after. */
const BLOCKERS = {
  'the country is denied': { policy: { countries: { deny: ['DE'] } } },
  'another country is the only one allowed': { policy: { countries: { allow: ['AT'] } } },
  'the country is not known where a list must have it': {
    policy: { countries: { allow: ['DE'] } },
    country: null,
  },
} satisfies Record<string, Case>;

/** Each way as it is a second too late, or for something else. */
const SPENT: Readonly<Record<Way, Case>> = {
  unlock: { unlockOf: 'ep_6', unlocks: [{ method: 'coins', untilSeconds: null, rental: null }] },
  ad: { unlockOf: 'ep_6', unlocks: [{ method: 'ad', untilSeconds: null, rental: null }] },
  wait: { waits: [{ episodeId: 'ep_5', seriesId: 'ser_1', readyAtSeconds: NOW + 1 }] },
  grant: { grants: [{ ...GRANT, expiresAtSeconds: NOW }] },
  pass: { grants: [{ ...GRANT, scope: 'all', targetId: null, pass: 'vip' }], policy: { passes: ['gold'] } },
  rental: { unlocks: [{ method: 'rental', untilSeconds: NOW, rental: null }] },
  free: { policy: { freeEpisodes: 4 } },
  'free-window': { policy: { freeWindows: [{ fromSeconds: NOW - 1, toSeconds: NOW }] } },
  'unplayed rental': {
    unlocks: [{ method: 'rental', untilSeconds: null, rental: { hours: 48, startBySeconds: NOW } }],
  },
  preview: { policy: { previewSeconds: 0 } },
};

/** One viewer has one unlock of an episode: of several ways that are unlocks, the strongest. */
function combine(ways: readonly Way[], blocker: Case = {}): Case {
  const cases: readonly Case[] = ways.map((way) => WAYS[way]);
  return {
    policy: Object.assign({}, PRICED, ...cases.map(({ policy }) => policy), blocker.policy),
    unlocks: cases.flatMap(({ unlocks }) => unlocks ?? []).slice(0, 1),
    waits: cases.flatMap(({ waits }) => waits ?? []),
    grants: cases.flatMap(({ grants }) => grants ?? []),
    country: blocker.country === undefined ? 'DE' : blocker.country,
  };
}

describe('every combination of ways in', () => {
  const combinations = [...Array(2 ** ORDER.length).keys()].map((mask) => ORDER.filter((_, bit) => (mask >> bit) & 1));

  test(`all ${combinations.length} of them name the strongest claim as the basis`, () => {
    for (const ways of combinations) expect(basisOf(combine(ways)), ways.join(' + ')).toBe(basisNamedBy(ways[0]));
  });

  test.each(Object.entries<Case>(BLOCKERS))('is shut, all of it, where %s', (_, blocker) => {
    for (const ways of combinations) {
      expect(decide(combine(ways, blocker)), ways.join(' + ')).toEqual({
        access: 'locked',
        basis: 'country',
        offers: [],
      });
    }
  });
});

describe('every basis', () => {
  test.each(ORDER)('%s opens nothing when it is over, or for something else', (way) => {
    expect(basisOf({ ...SPENT[way], policy: { ...PRICED, ...SPENT[way].policy } })).toBe('price');
  });

  test.each(ORDER.flatMap((way) => ORDER.map((spent) => [way, spent] as const)))(
    '%s holds while %s is over',
    (way, spent) => {
      if (way === spent) return;
      const [held, over]: [Case, Case] = [WAYS[way], SPENT[spent]];
      const isSameUnlock = held.unlocks !== undefined && over.unlocks !== undefined && over.unlockOf === undefined;
      if (isSameUnlock) return;
      const merged: Case = {
        policy: { ...PRICED, ...over.policy, ...held.policy },
        unlocks: held.unlocks ?? over.unlocks ?? [],
        unlockOf: held.unlocks === undefined ? (over.unlockOf ?? 'ep_5') : 'ep_5',
        waits: [...(held.waits ?? []), ...(over.waits ?? [])],
        grants: [...(held.grants ?? []), ...(over.grants ?? [])],
      };
      expect(basisOf(merged)).toBe(basisNamedBy(way));
    },
  );
});

describe('a rental', () => {
  test('that was not played yet says that playing begins its clock, and when it would end', () => {
    expect(decide(WAYS['unplayed rental'])).toMatchObject({
      basis: 'rental',
      startsRental: true,
      untilSeconds: NOW + 48 * 3_600,
    });
  });

  test('that runs ends when it said', () => {
    expect(decide(WAYS.rental)).toMatchObject({ basis: 'rental', startsRental: false, untilSeconds: NOW + 1 });
  });
});

describe('a country', () => {
  test.each([
    [{ allow: ['DE'] }, 'DE', true],
    [{ allow: ['DE'] }, 'AT', false],
    [{ allow: ['DE'] }, null, false],
    [{ allow: [] }, 'DE', false],
    [{ deny: ['DE'] }, 'DE', false],
    [{ deny: ['DE'] }, 'AT', true],
    [{ deny: ['DE'] }, null, true],
    [{ allow: ['DE'], deny: ['DE'] }, 'DE', false],
    [{}, null, true],
    [{ allow: ['DE'] }, ANYWHERE, true],
    [{ allow: [], deny: ['DE'] }, ANYWHERE, true],
  ])('under %j, from %s, is let in: %s', (countries, country, isLetIn) => {
    expect(basisOf({ policy: { countries }, country }) !== 'country').toBe(isLetIn);
  });
});

describe('a policy that asks for nothing', () => {
  test.each<[string, AccessPolicy]>([
    ['an empty one', {}],
    ['a price of nothing', { coinPrice: 0, previewSeconds: 6 }],
    ['a cap of the height alone', { maxHeight: 720 }],
  ])('leaves the episode free: %s', (_, policy) => {
    expect(decide({ policy })).toMatchObject({ access: 'full', basis: 'free', maxHeight: policy.maxHeight ?? null });
  });

  test.each<[string, AccessPolicy]>([
    ['episodes before it are free', { freeEpisodes: 4 }],
    ['no episode is free', { freeEpisodes: 0 }],
  ])('differs from one that locks without a price: %s', (_, policy) => {
    expect(decide({ policy })).toEqual({ access: 'locked', basis: 'price', offers: [] });
  });
});

describe('the episodes that cost nothing', () => {
  test.each([
    [2, 'free'],
    [3, 'free'],
    [4, 'price'],
    [0, 'free'],
  ])('of the first three, number %i is %s', (number, basis) => {
    expect(basisOf({ episode: { number } })).toBe(basis);
  });
});

describe('a window in which it is free', () => {
  test.each([
    [NOW, NOW + 1, 'free-window'],
    [NOW + 1, NOW + 2, 'price'],
    [NOW - 2, NOW, 'price'],
    [NOW - 2, NOW - 1, 'price'],
  ])('from %i to %i is %s', (fromSeconds, toSeconds, basis) => {
    expect(basisOf({ policy: { ...PRICED, freeWindows: [{ fromSeconds, toSeconds }] } })).toBe(basis);
  });

  test('lasts until the latest end of those that are open', () => {
    const freeWindows = [10, 60, 30].map((end) => ({ fromSeconds: NOW - 1, toSeconds: NOW + end }));
    expect(decide({ policy: { ...PRICED, freeWindows } })).toMatchObject({
      basis: 'free-window',
      untilSeconds: NOW + 60,
    });
  });
});

describe('an offer', () => {
  test.each([
    [0, 10],
    [9, 1],
    [10, 0],
    [1_000, 0],
  ])('to a viewer with %i coins says that %i are missing', (coins, shortCoins) => {
    expect(decide({ coins })).toMatchObject({ offers: [{ method: 'coins', coins: 10, balance: coins, shortCoins }] });
  });

  test('comes with a preview too', () => {
    expect(decide({ policy: { ...PRICED, previewSeconds: 6 } })).toMatchObject({
      access: 'preview',
      previewSeconds: 6,
      offers: [{ coins: 10 }],
    });
  });

  test('is not made where nothing is sold', () => {
    expect(decide({ policy: { previewSeconds: 6 } })).toMatchObject({ access: 'preview', offers: [] });
  });

  test.each<[string, AccessPolicy, object]>([
    ['a pass product', { passes: ['vip'] }, { method: 'pass', passes: ['vip'] }],
    [
      'rewarded ads',
      { ad: { adsPerUnlock: 2, dailyCap: 9 } },
      { method: 'ad', adsPerUnlock: 2, adsWatched: 0, adsLeftToday: 9 },
    ],
    [
      'waiting',
      { wait: { hours: 24 } },
      { method: 'wait', hours: 24, readyAtSeconds: null, waitingForEpisodeId: null },
    ],
    [
      'renting',
      { rental: { coins: 3, hours: 48 } },
      { method: 'rental', coins: 3, hours: 48, startWithinHours: 720, balance: 0, shortCoins: 3 },
    ],
  ])('is made for %s', (_, policy, offer) => {
    expect(decide({ policy })).toMatchObject({ access: 'locked', basis: 'price', offers: [offer] });
  });

  test('to wait names the wait that runs, for this episode or for another of the series', () => {
    const wait = (episodeId: string, seriesId = 'ser_1') =>
      decide({ policy: { wait: { hours: 24 } }, waits: [{ episodeId, seriesId, readyAtSeconds: NOW + 5 }] });
    expect(wait('ep_5')).toMatchObject({ offers: [{ readyAtSeconds: NOW + 5, waitingForEpisodeId: null }] });
    expect(wait('ep_4')).toMatchObject({ offers: [{ readyAtSeconds: null, waitingForEpisodeId: 'ep_4' }] });
    expect(wait('ep_4', 'ser_2')).toMatchObject({ offers: [{ readyAtSeconds: null, waitingForEpisodeId: null }] });
  });

  test('counts what is owed after a chargeback as missing, on top of the price', () => {
    expect(decide({ coins: 4, debtCoins: 20 })).toMatchObject({ offers: [{ coins: 10, balance: 4, shortCoins: 26 }] });
    expect(decide({ coins: 50, debtCoins: 20 })).toMatchObject({ offers: [{ shortCoins: 20 }] });
  });

  test('never says full access, and full access never depends on how many coins there are', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.subarray([...ORDER]), (poor, rich, ways) => {
        const given = combine(ways);
        expect(decide({ ...given, coins: poor }).basis).toBe(decide({ ...given, coins: rich }).basis);
      }),
    );
  });
});

describe('the cap of the height', () => {
  test('holds for who has not paid, and not for who has', () => {
    const cap = (given: Case) => ({
      ...given,
      policy: { ...PRICED, previewSeconds: 6, passes: ['vip'], ...given.policy, maxHeight: 640 },
    });
    for (const way of ORDER) {
      const decision = decide(cap(WAYS[way]));
      const capped = way === 'free' || way === 'free-window' || way === 'preview';
      expect(decision, way).toMatchObject({ basis: basisNamedBy(way), maxHeight: capped ? 640 : null });
    }
  });
});
