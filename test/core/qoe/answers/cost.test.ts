import { describe, expect, test } from 'vitest';
import { planBoundaryFrames } from '#core/ladder/boundaries.ts';
import { costOf, segmentsOf } from '#core/qoe/answers/cost.ts';
import { LATER_SEGMENT_SECONDS, OPENING_BOUNDARIES_SECONDS } from '#core/qoe/answers/prices.ts';

const COUNTS = {
  views: 1_000,
  starts: 900,
  playedMs: 900 * 20_000,
  fetchedBytes: 3_000_000_000,
  unwatchedBytes: 600_000_000,
  aheadBytes: 200_000_000,
};

describe('the cost of delivery', () => {
  test('follows from what was watched, by the price list', () => {
    const told = costOf(COUNTS);
    expect(told.bytes).toEqual({ fetched: 3e9, unwatched: 6e8, ahead: 2e8 });
    expect(told.preloadWaste).toBe(0.25);
    // 20 s are 9 segments; a quarter of what was fetched was for nothing.
    const segments = (900 * 9) / 0.75;
    const beacons = 900 * 6;
    expect(Object.fromEntries(told.lines.map(({ item, count }) => [item, count]))).toEqual({
      workerRequests: 930 + segments + beacons,
      r2Reads: segments + 900,
      queueOperations: 3 * beacons,
      durableObjectRequests: 270,
      durableObjectRowsWritten: beacons,
    });
    const dollars = told.lines.reduce(
      (sum, { count, dollarsPerMillion }) => sum + (count * dollarsPerMillion) / 1e6,
      0,
    );
    expect(told.dollars).toBeCloseTo(dollars, 12);
    expect(told.dollarsPerThousandViews).toBeCloseTo(dollars, 12);
    expect(told.wastedDollars).toBeCloseTo(((segments - 8_100) * 0.66) / 1e6, 12);
  });

  test('of nothing is nothing, and not a number by chance', () => {
    const nothing = costOf({ views: 0, starts: 0, playedMs: 0, fetchedBytes: 0, unwatchedBytes: 0, aheadBytes: 0 });
    expect(nothing).toMatchObject({
      dollars: 0,
      dollarsPerThousandViews: null,
      preloadWaste: null,
      bytesPerStart: null,
    });
  });

  test('counts segments where the transcoder cuts an episode without a preview', () => {
    expect(OPENING_BOUNDARIES_SECONDS.length + LATER_SEGMENT_SECONDS).toBeGreaterThan(0);
    for (const seconds of [0.5, 1, 3, 10, 11, 14, 15, 60, 90]) {
      const frames = planBoundaryFrames({
        frameCount: 3_000,
        frameRate: { numerator: 25, denominator: 1 },
        cutPointsSeconds: [],
      });
      expect(segmentsOf(seconds), `${seconds} s`).toBe(frames.filter((frame) => frame / 25 < seconds).length);
    }
  });
});
