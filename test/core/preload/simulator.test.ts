/** The policy against the baselines of the MM'22 short-video challenge, on seeds that no tuning has seen. */
import { beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE_NAMES, drawSession } from '../../../bench/preload/audience.ts';
import { fixedPreload, noSave, preloadEverything } from '../../../bench/preload/baselines.ts';
import { type Figures, runPolicy, type Setting } from '../../../bench/preload/compare.ts';
import { drawTrace, NETWORK_NAMES, transferEnd, transferred } from '../../../bench/preload/link.ts';
import { ours } from '../../../bench/preload/ours.ts';
import type { SimPolicy } from '../../../bench/preload/policy.ts';
import { seeded } from '../../../bench/preload/random.ts';
import { simulate } from '../../../bench/preload/simulate.ts';

const SEEDS = { first: 90_001, count: 4 };
const MAX_WASTED_SHARE = 0.2;

const SETTINGS: readonly Setting[] = AUDIENCE_NAMES.flatMap((audience) =>
  NETWORK_NAMES.map((network) => ({ audience, network })),
);

describe.each(SETTINGS)('$audience on a $network network', (setting) => {
  let mine: Figures;
  beforeAll(() => {
    mine = runPolicy(setting, SEEDS, () => ours());
  });

  it.each([
    ['no_save', noSave],
    ['fixed_preload', fixedPreload],
  ])('scores above %s', (_, baseline) => {
    expect(mine.scorePerMinute).toBeGreaterThan(runPolicy(setting, SEEDS, baseline).scorePerMinute);
  });

  it('wastes less than a fifth of its bytes', () => {
    expect(mine.wastedShare).toBeLessThan(MAX_WASTED_SHARE);
  });
});

it('with nothing but the built-in prior it still wastes less than a fifth, on the fastest link and the quickest swipes', () => {
  const figures = runPolicy({ audience: 'clips', network: 'high' }, SEEDS, () => ours({ usesPrior: true }));
  expect(figures.wastedShare).toBeLessThan(MAX_WASTED_SHARE);
});

it("the series' own curve saves bytes over the prior where viewers swipe quickly", () => {
  const setting: Setting = { audience: 'clips', network: 'high' };
  const [own, prior] = [false, true].map((usesPrior) => runPolicy(setting, SEEDS, () => ours({ usesPrior })));
  expect(own?.wastedShare).toBeLessThan(0.85 * (prior?.wastedShare ?? 0));
});

it.each(AUDIENCE_NAMES)('the canary, %s: a policy that preloads all it can does not stay below a fifth', (audience) => {
  const figures = runPolicy({ audience, network: 'high' }, SEEDS, preloadEverything);
  expect(figures.wastedShare).toBeGreaterThan(MAX_WASTED_SHARE);
});

it('the same seed gives the same session, link and figures', () => {
  const setting: Setting = { audience: 'clips', network: 'low' };
  const run = (first: number): Figures => runPolicy(setting, { first, count: 1 }, () => ours());
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

it('a link twice as fast never stalls longer, at the same rung', () => {
  const lowestRung = (): SimPolicy => ours({ rateShare: 0.01 });
  for (let seed = 1; seed <= 4; seed++) {
    const session = drawSession('clips', seeded(seed));
    const stalls = [0.6, 1.2, 2.4, 4.8, 9.6].map(
      (mbps) => simulate(session, [(mbps * 1e6) / 8], lowestRung()).stallSeconds,
    );
    for (const [index, stall] of stalls.entries()) expect(stall).toBeLessThanOrEqual(stalls[index - 1] ?? stall);
  }
});

describe('the simulator', () => {
  const constant = [1_000_000 / 0.95];

  it('moves bytes at the rate of its trace, after a round trip', () => {
    expect(transferEnd(constant, 3.21, 500_000)).toBeCloseTo(3.21 + 0.08 + 0.5);
    expect(transferred(constant, 3.21, 3.21 + 0.08 + 0.25)).toBeCloseTo(250_000);
    const trace = drawTrace('low', seeded(3));
    expect(transferred(trace, 1, transferEnd(trace, 1, 700_000))).toBeCloseTo(700_000);
  });

  const base = { durationSeconds: 3, segmentEndsSeconds: [1, 2, 3], survival: null };
  const sizes = [100_000, 200_000, 300_000];
  const episode = { ...base, segmentBytes: [sizes, sizes, sizes] };

  /** Fetches the current episode in these rungs, then nothing. */
  function scripted(rungs: readonly number[], abortsOnSwipe: boolean): SimPolicy {
    const left = [...rungs];
    const decide: SimPolicy['decide'] = () => {
      const rung = left.shift();
      return rung === undefined ? { kind: 'idle', ms: 100 } : { kind: 'fetch', item: 0, rung };
    };
    return { decide, abortsOnSwipe: () => abortsOnSwipe };
  }

  it('counts what it is told to: quality, stalls, changes, bytes, and those of segments never begun', () => {
    const session = { views: [{ episode, leavesAtSeconds: 1.5 }], seenCount: 1 };
    const outcome = simulate(session, constant, scripted([0, 2, 2], false));
    // The first segment comes after 0.08 + 0.1 s, which is a stall; the others come in time.
    expect(outcome.stallSeconds).toBeCloseTo(0.18);
    expect(outcome.qoe).toBeCloseTo(0.75 + 0.5 * 1.85 - 1.1 - 1.85 * 0.18);
    expect(outcome.bytes).toBeCloseTo(600_000);
    expect(outcome.wastedBytes).toBeCloseTo(300_000);
    expect(outcome.score).toBeCloseTo(outcome.qoe - 0.5 * 4.8);
  });

  it('a swipe that ends a transfer pays for what of it has come, and no more', () => {
    const views = [0.2, 0.5].map((leavesAtSeconds) => ({ episode, leavesAtSeconds }));
    const outcome = simulate({ views, seenCount: 1 }, constant, scripted([0, 0], true));
    // The second segment was asked for when play began: 0.2 s less the round trip, at 1 MB/s.
    expect(outcome.wastedBytes).toBeCloseTo(120_000);
    expect(outcome.bytes).toBeCloseTo(220_000);
  });
});
