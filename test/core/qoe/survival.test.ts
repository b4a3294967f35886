import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRIOR_VIEWS, SURVIVAL_SECONDS } from '#core/qoe/limits.ts';
import { leavingShares, survivalBytes, type Exits } from '#core/qoe/survival.ts';

const left = (second: number, views = 1): Exits => ({ second, hasLeft: true, views });
const stayed = (second: number, views = 1): Exits => ({ second, hasLeft: false, views });
const curve = (exits: readonly Exits[], seconds = 10, prior: readonly number[] | null = null): number[] =>
  [...survivalBytes(leavingShares(exits, prior), seconds)].map((byte) => Math.round((byte / 255) * 100));

describe('a survival curve', () => {
  test('begins with everybody, and loses who swiped from the next second on', () => {
    expect(curve([left(0, 5), left(2, 3), stayed(60, 2)], 4)).toEqual([100, 50, 50, 20]);
  });

  test('does not take a paywall or a lost tail for boredom', () => {
    expect(curve([stayed(6, 90), left(8, 5), stayed(60, 5)], 10)).toEqual([...Array(9).fill(100), 50]);
  });

  test('counts only who was still seen: of eight, four left at 1, 3, 4 and 5, four were lost after 1, 3, 5 and 8 seconds', () => {
    const exits = [left(1), left(3), left(4), left(5), stayed(1), stayed(3), stayed(5), stayed(8)];
    const shares = leavingShares(exits, null).slice(0, 6);
    expect(shares).toEqual([0, 1 / 7, 0, 1 / 5, 1 / 4, 1 / 2]);
  });

  test('of few views is close to that of the series, of many to its own', () => {
    const series = leavingShares([left(0, 50), stayed(60, 50)], null);
    expect(curve([stayed(60, 1)], 2, series)).toEqual([100, 53]);
    expect(curve([stayed(60, 10 * PRIOR_VIEWS)], 2, series)).toEqual([100, 95]);
  });

  test('has a byte a second, as long as the episode and at most a minute, and never rises', () => {
    const exits = fc.record({ second: fc.nat(90), hasLeft: fc.boolean(), views: fc.integer({ min: 1, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(exits), fc.double({ min: 0.1, max: 120, noNaN: true }), (all, durationSeconds) => {
        const bytes = survivalBytes(leavingShares(all, leavingShares(all, null)), durationSeconds);
        expect(bytes).toHaveLength(Math.min(SURVIVAL_SECONDS, Math.ceil(durationSeconds)));
        expect(bytes[0]).toBe(255);
        for (const [second, byte] of bytes.entries()) expect(byte).toBeLessThanOrEqual(bytes[second - 1] ?? 255);
      }),
    );
  });
});
