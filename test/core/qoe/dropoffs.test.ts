import { describe, expect, test } from 'vitest';
import { exitCurve } from '#core/qoe/contribution-curves.ts';
import { findDropoffs, leavingBySecond, type Second } from '#core/qoe/dropoffs.ts';
import { accumulate, copyOf, emptyRollup } from '#core/qoe/rollup.ts';
import { randomFrom } from './audience/simulate.ts';
import { viewOf } from './some-views.ts';

/** Sixty seconds at which one of a hundred leaves, and more where it is said. */
function audience(viewers: number, extra: { readonly [second: number]: number } = {}): Second[] {
  let atRisk = viewers;
  return Array.from({ length: 60 }, (_, second) => {
    const left = Math.round(atRisk * (0.01 + (extra[second] ?? 0)));
    const here = { atRisk, left };
    atRisk -= left;
    return here;
  });
}

describe('drop-off points', () => {
  test('are the seconds that stand out, as one stretch, with who was there, who left and who would have anyway', () => {
    const [dropoff, ...others] = findDropoffs(audience(2_000, { 20: 0.08, 21: 0.08 }));
    expect(others).toEqual([]);
    expect(dropoff).toMatchObject({ fromSeconds: 20, toSeconds: 22, atRisk: 1_635, left: 281 });
    expect(dropoff?.expected).toBeGreaterThan(25);
    expect(dropoff?.expected).toBeLessThan(40);
  });

  test('are neither the opening nor the last seconds, nor what a handful of people did', () => {
    expect(findDropoffs(audience(2_000, { 0: 0.3, 1: 0.2, 2: 0.1, 58: 0.3, 59: 0.3 }))).toEqual([]);
    expect(findDropoffs(audience(40, { 30: 0.2 }))).toEqual([]);
  });

  test('are two where there are two, and neither hides the other', () => {
    const found = findDropoffs(audience(3_000, { 15: 0.15, 22: 0.1 }));
    expect(found.map(({ fromSeconds }) => fromSeconds)).toEqual([15, 22]);
  });

  test('are found by chance in fewer than 2 of 100 episodes where nothing happens', () => {
    const random = randomFrom(11);
    let found = 0;
    for (let episode = 0; episode < 300; episode++) {
      const lefts = Array.from({ length: 90 }, () => 0);
      for (let viewer = 0; viewer < 1_500; viewer++) {
        const second = Math.floor(Math.log(1 - random()) / Math.log(1 - 0.008));
        if (second < 90) lefts[second] = (lefts[second] ?? 0) + 1;
      }
      let atRisk = 1_500;
      const seconds = lefts.map((left) => {
        atRisk -= left;
        return { atRisk: atRisk + left, left };
      });
      if (findDropoffs(seconds).length > 0) found += 1;
    }
    expect(found / 300).toBeLessThan(0.02);
  });

  test('count who was there from those who left and those who were lost sight of', () => {
    const sum = copyOf(emptyRollup());
    for (const [to, leftBy] of [
      [2.4, 'swipe'],
      [2.4, 'hidden'],
      [4, 'end'],
      [0.2, 'hidden'],
    ] as const)
      accumulate(sum, { ...emptyRollup(), curves: exitCurve(viewOf({ watched: [[0, to]], leftBy }), 4) }, 1);
    expect(leavingBySecond(sum, 4)).toEqual([
      { atRisk: 3, left: 0 },
      { atRisk: 3, left: 0 },
      { atRisk: 2, left: 1 },
      { atRisk: 1, left: 0 },
    ]);
  });
});
