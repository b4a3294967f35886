import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPlayback, previewSegmentCount, type OpenDecision } from '#core/entitlement/playback-plan.ts';

/** What our transcoder cuts: short at the start, 4 s later. */
const RAMP = [1, 1, 2, 2, 2, 2, 4, 4, 4];
const HEIGHTS = [640, 960, 1_280, 1_920];
const FULL: OpenDecision = { access: 'full', basis: 'free', untilSeconds: null, startsRental: false, maxHeight: null };
const plan = (decision: OpenDecision, tokenMaxHeight: number | null = null, heights: readonly number[] = HEIGHTS) =>
  planPlayback(decision, { heights, segmentDurationsSeconds: RAMP }, tokenMaxHeight);
const preview = (previewSeconds: number): OpenDecision => ({
  access: 'preview',
  basis: 'preview',
  previewSeconds,
  maxHeight: null,
  offers: [],
});

describe('a preview of so many seconds', () => {
  test.each([
    [0.5, 1],
    [1, 1],
    [1.9, 2],
    [1.89, 1],
    [2, 2],
    [3.99, 3],
    [4, 3],
    [5, 3],
    [6, 4],
    [9.5, 5],
    [10, 6],
    [22, 9],
    [3_600, 9],
  ])('%d s shows %i segments', (seconds, count) => {
    expect(previewSegmentCount(RAMP, seconds)).toBe(count);
  });

  test('counts a boundary that frames put a hair behind the second', () => {
    const at2997 = RAMP.map((seconds) => seconds * 1.001);
    expect(previewSegmentCount(at2997, 6)).toBe(4);
    expect(previewSegmentCount(at2997, 10)).toBe(6);
  });

  test('never shows more than the policy says, but for a tenth of a second or the first segment; and never one less than it could', () => {
    const durations = fc.array(
      fc.integer({ min: 1, max: 6_000 }).map((ms) => ms / 1_000),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(
        durations,
        fc.integer({ min: 1, max: 120_000 }).map((ms) => ms / 1_000),
        (segments, seconds) => {
          const count = previewSegmentCount(segments, seconds);
          const shown = segments.slice(0, count).reduce((sum, value) => sum + value, 0);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(segments.length);
          if (count > 1) expect(shown).toBeLessThanOrEqual(seconds + 0.1 + 1e-9);
          const next = segments[count];
          if (next !== undefined) expect(shown + next).toBeGreaterThan(seconds + 0.1 - 1e-9);
        },
      ),
    );
  });
});

describe('what a decision opens', () => {
  test('is everything for full access', () => {
    expect(plan(FULL)).toEqual({ renditionMask: 0b1111, segmentCount: 9, playableSeconds: 22 });
  });

  test('is the first seconds of every rung for a preview', () => {
    expect(plan(preview(6))).toEqual({ renditionMask: 0b1111, segmentCount: 4, playableSeconds: 6 });
  });

  test.each([
    [null, null, 0b1111],
    [1_920, null, 0b1111],
    [1_919, null, 0b0111],
    [960, null, 0b0011],
    [null, 960, 0b0011],
    [1_280, 640, 0b0001],
    [640, 1_280, 0b0001],
    [100, null, 0b0001],
    [null, 1, 0b0001],
  ])('under a cap of %s by the policy and %s by the token has the rungs %i', (maxHeight, tokenMaxHeight, mask) => {
    expect(plan({ ...FULL, maxHeight }, tokenMaxHeight).renditionMask).toBe(mask);
  });

  test('leaves the smallest rung under a cap below it, wherever in the list that is', () => {
    expect(plan({ ...FULL, maxHeight: 1 }, null, [960, 1_920, 640]).renditionMask).toBe(0b100);
  });

  test('is never a rung above the cap while there is one below it', () => {
    const heights = fc.array(fc.integer({ min: 100, max: 2_160 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(heights, fc.integer({ min: 1, max: 2_160 }), (rungs, cap) => {
        const mask = plan({ ...FULL, maxHeight: cap }, null, rungs).renditionMask;
        const opened = rungs.filter((_, index) => (mask >> index) & 1);
        const fitting = rungs.filter((height) => height <= cap);
        expect(opened).toEqual(fitting.length > 0 ? fitting : [Math.min(...rungs)]);
      }),
    );
  });
});
