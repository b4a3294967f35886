import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retentionCurve, type WatchedView } from '#core/qoe/retention.ts';

const viewers = (views: readonly WatchedView[], seconds: number): number[] =>
  retentionCurve(views, seconds).map((point) => point.viewers);
const view = (...watched: (readonly [number, number])[]): WatchedView => ({ watched });
const anyView = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 120 })), { maxLength: 6 })
  .map((stretches) => view(...stretches.map(([from, length]) => [from / 10, (from + length) / 10] as const)));

describe('a retention curve', () => {
  test('says of each second how many views played it', () => {
    expect(viewers([view([0, 4]), view([0, 2])], 4)).toEqual([2, 2, 1, 1]);
    expect(retentionCurve([view([0, 4]), view([0, 2])], 4).map((point) => point.share)).toEqual([1, 1, 0.5, 0.5]);
  });

  test('counts a second once a view, however often that view played it', () => {
    expect(viewers([view([0, 2], [0, 2], [1, 3])], 3)).toEqual([1, 1, 1]);
  });

  test('shows what was jumped over as not played', () => {
    expect(viewers([view([0, 1], [3, 4])], 4)).toEqual([1, 0, 0, 1]);
  });

  test('counts a second when its middle was played', () => {
    expect(viewers([view([0, 0.5])], 2)).toEqual([1, 0]);
    expect(viewers([view([0, 0.49])], 2)).toEqual([0, 0]);
    expect(viewers([view([0.5, 1.5])], 2)).toEqual([1, 1]);
    expect(viewers([view([0.51, 1.49])], 2)).toEqual([0, 0]);
  });

  test('has a share of those who played anything: a view that never started is not a loss', () => {
    expect(retentionCurve([view([0, 2]), view(), view([0, 0.1])], 2).map((point) => point.share)).toEqual([1, 1]);
  });

  test('is all zeros without views, and empty without a duration', () => {
    expect(retentionCurve([], 2)).toEqual([
      { atSeconds: 0, viewers: 0, share: 0 },
      { atSeconds: 1, viewers: 0, share: 0 },
    ]);
    expect(retentionCurve([view([0, 5])], 0)).toEqual([]);
  });

  test('has a point for a last second that is not whole', () => {
    expect(viewers([view([0, 2.6])], 2.6)).toEqual([1, 1, 1]);
  });

  test('passes over what lies outside of the episode, and stays quick', () => {
    expect(viewers([view([-5, 1], [100, 1e9])], 2)).toEqual([1, 0]);
  });

  test('is the same in whatever order the views and their stretches come, and with every stretch said twice', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 8 }), (views) => {
        const shuffled = views.toReversed().map(({ watched }) => view(...watched.toReversed(), ...watched));
        expect(retentionCurve(shuffled, 45)).toEqual(retentionCurve(views, 45));
      }),
    );
  });

  test('never counts more views than there are, and one more view never lowers it', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 8 }), anyView, (views, more) => {
        const [before, after] = [viewers(views, 45), viewers([...views, more], 45)];
        for (const [second, count] of after.entries()) {
          expect(count).toBeLessThanOrEqual(views.length + 1);
          expect(count).toBeGreaterThanOrEqual(before[second] ?? 0);
        }
      }),
    );
  });
});
