/** The policy under a thumb. bench:startup shows the same in a browser, in ten minutes. */
import { describe, expect, it } from 'vitest';
import { CLIP_720P, LINE_100_4, type Pace, runPace } from '../../../bench/preload/pace.ts';

const SWIPES = 100;

function pace(seed: number, hasHeads = true): Pace {
  return runPace({ line: LINE_100_4, film: CLIP_720P, swipes: SWIPES, seed, hasHeads });
}

describe('a hundred swipes at the pace of people, 2 Mbit/s of film on a line of 4', () => {
  it.each([1, 2])('find the next first frame there, 95 or more of them (seed %i)', (seed) => {
    expect(pace(seed).paintedShare).toBeGreaterThanOrEqual(0.95);
  });

  it('cost those who stay no more than one or two hundredths of their time', () => {
    const { stalledSeconds, playedSeconds } = pace(1);
    expect(stalledSeconds / playedSeconds).toBeLessThan(0.02);
  });

  it('find it less often where a first frame does not come without the rest of its segment', () => {
    expect(pace(2, false).paintedShare).toBeLessThan(pace(2).paintedShare);
  });
});
