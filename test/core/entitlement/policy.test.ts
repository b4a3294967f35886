import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGated, resolvePolicy, type AccessPolicy } from '#core/entitlement/policy.ts';

const resolve = (series: AccessPolicy | null, season: AccessPolicy | null, episode: AccessPolicy | null) =>
  resolvePolicy({ series, season, episode });

describe('the policy of an episode', () => {
  test('is the nearest level that says something, field by field', () => {
    const series = { freeEpisodes: 3, coinPrice: 10, previewSeconds: 6, maxHeight: 960 };
    expect(resolve(series, { coinPrice: 12 }, { previewSeconds: 3 })).toEqual({
      ...series,
      coinPrice: 12,
      previewSeconds: 3,
    });
  });

  test('is empty when no level says anything', () => {
    expect(resolve(null, null, null)).toEqual({});
    expect(resolve({}, {}, {})).toEqual({});
  });

  test('takes a list whole from the nearest level: it is never a mixture of two', () => {
    expect(
      resolve({ passes: ['vip'], countries: { allow: ['DE'] } }, null, { passes: [], countries: { deny: ['US'] } }),
    ).toEqual({
      passes: [],
      countries: { deny: ['US'] },
    });
  });

  test('that names a price of its own is sold at it, whatever its number', () => {
    expect(resolve({ freeEpisodes: 3, coinPrice: 10 }, null, { coinPrice: 50 })).toEqual({ coinPrice: 50 });
    expect(resolve({ coinPrice: 10 }, { freeEpisodes: 3 }, { coinPrice: 50 })).toEqual({ coinPrice: 50 });
  });

  test('that names a price and free episodes keeps both', () => {
    expect(resolve({ freeEpisodes: 3 }, null, { coinPrice: 50, freeEpisodes: 1 })).toEqual({
      coinPrice: 50,
      freeEpisodes: 1,
    });
  });

  test('of a season with a price of its own leaves the free episodes of the series free', () => {
    expect(resolve({ freeEpisodes: 3, coinPrice: 10 }, { coinPrice: 50 }, null)).toEqual({
      freeEpisodes: 3,
      coinPrice: 50,
    });
  });

  test('has each field from the innermost level that has it, for any three levels', () => {
    const level = fc.option(
      fc.record(
        { previewSeconds: fc.nat(9), maxHeight: fc.nat(9), passes: fc.array(fc.constantFrom('a', 'b')) },
        { requiredKeys: [] },
      ),
      { nil: null },
    );
    fc.assert(
      fc.property(level, level, level, (series, season, episode) => {
        const policy = resolve(series, season, episode);
        for (const field of ['previewSeconds', 'maxHeight', 'passes'] as const) {
          const nearest = [episode, season, series].find((given) => given !== null && field in given);
          expect(policy[field]).toEqual(nearest?.[field]);
        }
      }),
    );
  });

  test('leaves the levels as they were, so that a cached one serves the next episode', () => {
    const series = Object.freeze({ freeEpisodes: 3, coinPrice: 10 });
    resolve(series, null, Object.freeze({ coinPrice: 50 }));
    expect(series).toEqual({ freeEpisodes: 3, coinPrice: 10 });
  });
});

describe('a policy', () => {
  test.each<[AccessPolicy, boolean]>([
    [{}, false],
    [{ coinPrice: 1 }, true],
    [{ coinPrice: 0 }, false],
    [{ coinPrice: 0, passes: ['vip'], previewSeconds: 5, freeEpisodes: 0 }, false],
    [{ freeEpisodes: 0 }, true],
    [{ previewSeconds: 0 }, true],
    [{ passes: [] }, true],
    [{ maxHeight: 720 }, false],
    [{ countries: { deny: ['DE'] } }, false],
    [{ freeWindows: [] }, false],
  ])('%j asks for something: %s', (policy, asks) => {
    expect(isGated(policy)).toBe(asks);
  });
});
