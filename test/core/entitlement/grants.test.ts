import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideAccess } from '#core/entitlement/decide.ts';
import type { AccessPolicy } from '#core/entitlement/policy.ts';
import { UNKNOWN_VIEWER, type ViewerGrant } from '#core/entitlement/viewer-state.ts';

const NOW = 1_795_348_800;
const POLICY: AccessPolicy = { coinPrice: 10, passes: ['vip'] };

function decide(grants: readonly ViewerGrant[], policy = POLICY, seasonId: string | null = 'sea_1') {
  const episode = { id: 'ep_1', seriesId: 'ser_1', seasonId, number: 1 };
  return decideAccess({
    episode,
    policy,
    viewer: { ...UNKNOWN_VIEWER, grants },
    country: null,
    nowSeconds: NOW,
  });
}
const grant = (change: Partial<ViewerGrant>): ViewerGrant => ({
  scope: 'all',
  targetId: null,
  pass: null,
  expiresAtSeconds: null,
  ...change,
});

describe('a grant opens', () => {
  test.each<[Partial<ViewerGrant>, boolean]>([
    [{ scope: 'all' }, true],
    [{ scope: 'series', targetId: 'ser_1' }, true],
    [{ scope: 'series', targetId: 'ser_10' }, false],
    [{ scope: 'series', targetId: 'ser_' }, false],
    [{ scope: 'series', targetId: null }, false],
    [{ scope: 'season', targetId: 'sea_1' }, true],
    [{ scope: 'season', targetId: 'sea_2' }, false],
    [{ scope: 'episode', targetId: 'ep_1' }, true],
    [{ scope: 'episode', targetId: 'ep_10' }, false],
    [{ scope: 'episode', targetId: 'ser_1' }, false],
    [{ scope: 'series', targetId: 'ep_1' }, false],
  ])('%j: %s', (change, opens) => {
    expect(decide([grant(change)]).access === 'full').toBe(opens);
  });

  test('no episode without a season when it is for a season, also when it names none', () => {
    expect(decide([grant({ scope: 'season', targetId: null })], POLICY, null).access).toBe('locked');
    expect(decide([grant({ scope: 'season', targetId: 'sea_1' })], POLICY, null).access).toBe('locked');
  });
});

describe('a pass product opens', () => {
  test.each<[string, string, AccessPolicy, boolean]>([
    ['an episode that lists it', 'vip', { coinPrice: 10, passes: ['vip'] }, true],
    ['an episode that lists others too', 'vip', { coinPrice: 10, passes: ['gold', 'vip'] }, true],
    ['an episode that lists others only', 'vip', { coinPrice: 10, passes: ['gold'] }, false],
    ['an episode that lists none', 'vip', { coinPrice: 10, passes: [] }, false],
    ['an episode that says nothing of passes', 'vip', { coinPrice: 10 }, false],
    ['an episode that lists one that starts like it', 'vip', { coinPrice: 10, passes: ['vip-plus'] }, false],
    ['an episode that lists it in other letters', 'VIP', { coinPrice: 10, passes: ['vip'] }, false],
  ])('%s (%s)', (_, pass, policy, opens) => {
    const decision = decide([grant({ pass })], policy);
    expect(decision.access === 'full').toBe(opens);
    if (opens) expect(decision.basis).toBe('pass');
  });

  test('only what its scope names', () => {
    expect(decide([grant({ pass: 'vip', scope: 'series', targetId: 'ser_2' })]).access).toBe('locked');
    expect(decide([grant({ pass: 'vip', scope: 'series', targetId: 'ser_1' })]).basis).toBe('pass');
  });
});

describe('a grant that ends', () => {
  test.each([
    [NOW + 1, 'grant'],
    [NOW, 'price'],
    [NOW - 1, 'price'],
  ])('at %i is worth %s', (expiresAtSeconds, basis) => {
    expect(decide([grant({ expiresAtSeconds })]).basis).toBe(basis);
  });

  test('gives way to the one that lasts longest, in any order; one without an end wins', () => {
    const end = fc.option(fc.integer({ min: NOW - 100, max: NOW + 100 }), { nil: null });
    fc.assert(
      fc.property(fc.array(end, { maxLength: 8 }), (ends) => {
        const decision = decide(ends.map((expiresAtSeconds) => grant({ expiresAtSeconds })));
        const live = ends.filter((value) => value === null || value > NOW);
        const longest = live.includes(null) ? null : Math.max(...live.map((value) => value ?? 0));
        expect(decision).toMatchObject(
          live.length === 0 ? { access: 'locked' } : { access: 'full', untilSeconds: longest },
        );
      }),
    );
  });
});
