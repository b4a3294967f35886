import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ANYWHERE,
  decideAccess,
  type AccessRequest,
  type Decision,
  type ViewerGrant,
} from '#core/entitlement/decide.ts';
import type { AccessPolicy } from '#core/entitlement/policy.ts';

const NOW = 1_795_348_800;
const EPISODE = { id: 'ep_5', seriesId: 'ser_1', seasonId: 'sea_1', number: 5 };
const PRICED: AccessPolicy = { freeEpisodes: 3, coinPrice: 10 };
const GRANT: ViewerGrant = { scope: 'series', targetId: 'ser_1', pass: null, expiresAtSeconds: null };

interface Case {
  readonly policy?: AccessPolicy;
  readonly coins?: number;
  readonly unlocked?: readonly string[];
  readonly grants?: readonly ViewerGrant[];
  readonly country?: string | null;
  readonly episode?: Partial<AccessRequest['episode']>;
}

function decide({
  policy = PRICED,
  coins = 0,
  unlocked = [],
  grants = [],
  country = null,
  episode = {},
}: Case): Decision {
  const viewer = { coins, unlockedEpisodeIds: new Set(unlocked), grants };
  return decideAccess({ episode: { ...EPISODE, ...episode }, policy, viewer, country, nowSeconds: NOW });
}

const basisOf = (given: Case): string => decide(given).basis;
/** What opens an episode, strongest claim first, and what each looks like. */
const WAYS = {
  unlock: { unlocked: ['ep_5'] },
  grant: { grants: [GRANT] },
  pass: { grants: [{ ...GRANT, scope: 'all', targetId: null, pass: 'vip' }], policy: { passes: ['vip'] } },
  free: { policy: { freeEpisodes: 5 } },
  'free-window': { policy: { freeWindows: [{ fromSeconds: NOW - 1, toSeconds: NOW + 60 }] } },
  preview: { policy: { previewSeconds: 6 } },
} satisfies Record<string, Case>;
type Way = keyof typeof WAYS;
const ORDER: readonly Way[] = ['unlock', 'grant', 'pass', 'free', 'free-window', 'preview'];

function combine(ways: readonly Way[], blocked: boolean): Case {
  const cases: readonly Case[] = ways.map((way) => WAYS[way]);
  const countries = blocked ? { countries: { deny: ['DE'] } } : {};
  return {
    policy: Object.assign({}, PRICED, ...cases.map(({ policy }) => policy), countries),
    unlocked: cases.flatMap(({ unlocked }) => unlocked ?? []),
    grants: cases.flatMap(({ grants }) => grants ?? []),
    country: 'DE',
  };
}

describe('every combination of ways in and of a country that is shut out', () => {
  const combinations = [...Array(2 ** ORDER.length).keys()].map((mask) => ORDER.filter((_, bit) => (mask >> bit) & 1));

  test.each(combinations.map((ways) => [ways.join(' + ') || 'nothing', ways] as const))(
    '%s: the strongest claim names the basis',
    (_, ways) => {
      // A grant and a pass last equally long here; the first in the list of the viewer is named.
      expect(basisOf(combine(ways, false))).toBe(ways[0] ?? 'price');
    },
  );

  test.each(combinations.map((ways) => [ways.join(' + ') || 'nothing', ways] as const))(
    '%s: a country that is denied shuts all of it',
    (_, ways) => {
      expect(decide(combine(ways, true))).toEqual({ access: 'locked', basis: 'country', offers: [] });
    },
  );
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
    ['a pass product opens it', { passes: ['vip'] }],
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

  test('never says full access, and full access never depends on how many coins there are', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.subarray([...ORDER]), (poor, rich, ways) => {
        const given = combine(ways, false);
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
      expect(decision, way).toMatchObject({ basis: way, maxHeight: capped ? 640 : null });
    }
  });
});
