import { describe, expect, test } from 'vitest';
import { addInterval, watchedSeconds, type WatchedIntervals } from '../../../core/qoe/intervals.ts';

describe('what was watched is kept as merged intervals', () => {
  const cases: readonly [string, WatchedIntervals, [number, number], WatchedIntervals][] = [
    ['the first stretch is kept', [], [0, 1], [[0, 1]]],
    ['a stretch that goes on extends the last one', [[0, 1]], [1, 1.25], [[0, 1.25]]],
    ['a hair between two stretches is no gap', [[0, 1]], [1.03, 2], [[0, 2]]],
    [
      'a jump ahead begins a second stretch',
      [[0, 1]],
      [5, 6],
      [
        [0, 1],
        [5, 6],
      ],
    ],
    [
      'a jump back puts the stretch where it belongs',
      [[5, 6]],
      [0, 1],
      [
        [0, 1],
        [5, 6],
      ],
    ],
    [
      'a stretch that bridges two makes them one',
      [
        [0, 1],
        [2, 3],
        [9, 10],
      ],
      [0.5, 2.5],
      [
        [0, 3],
        [9, 10],
      ],
    ],
    ['watching again adds nothing', [[0, 10]], [3, 4], [[0, 10]]],
    ['a stretch of no length adds nothing', [[0, 1]], [4, 4], [[0, 1]]],
    ['a stretch that runs backwards adds nothing', [[0, 1]], [4, 3], [[0, 1]]],
  ];
  test.each(cases)('%s', (_name, watched, [from, to], expected) => {
    expect(addInterval(watched, from, to)).toEqual(expected);
  });

  test('a replay is counted once', () => {
    expect(
      watchedSeconds([
        [0, 4],
        [6, 7.5],
      ]),
    ).toBe(5.5);
  });
});
