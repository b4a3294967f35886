import { describe, expect, test } from 'vitest';
import { riskDifference, riskRatio, type Stratum } from '#core/qoe/mantel-haenszel.ts';
import { randomFrom } from './audience/simulate.ts';

const stratum = (exposedLeft: number, exposedAtRisk: number, otherLeft: number, otherAtRisk: number): Stratum => ({
  exposedAtRisk,
  exposedLeft,
  otherAtRisk,
  otherLeft,
});

describe('two groups compared within strata', () => {
  test('are as they are where there is one stratum', () => {
    const only = [stratum(30, 100, 40, 400)];
    expect(riskDifference(only)?.estimate).toBeCloseTo(0.2, 12);
    expect(riskRatio(only)?.estimate).toBeCloseTo(3, 12);
    // The textbook's interval of one ratio: 3 × exp(±1.96 √(1/30 − 1/100 + 1/40 − 1/400)).
    const error = 1.959964 * Math.sqrt(1 / 30 - 1 / 100 + 1 / 40 - 1 / 400);
    expect(riskRatio(only)?.low).toBeCloseTo(3 * Math.exp(-error), 10);
    expect(riskRatio(only)?.high).toBeCloseTo(3 * Math.exp(error), 10);
  });

  test('do not differ where they only lie in different strata', () => {
    // Slow networks lose 20 of 100, fast ones 2, stalled or not; most who stalled are on slow ones.
    const strata = [stratum(60, 300, 20, 100), stratum(2, 100, 18, 900)];
    expect(riskDifference(strata)?.estimate).toBeCloseTo(0, 12);
    expect(riskRatio(strata)?.estimate).toBeCloseTo(1, 12);
    expect(riskRatio([stratum(62, 400, 38, 1_000)])?.low).toBeGreaterThan(2.5);
  });

  test('cannot be compared where one of them is nobody', () => {
    expect(riskDifference([stratum(3, 10, 0, 0), stratum(0, 0, 2, 30)])).toBeNull();
    expect(riskDifference([])).toBeNull();
    expect(riskRatio([stratum(3, 10, 0, 30)])).toBeNull();
  });

  test.each([
    ['a few large strata', 3, 400],
    ['many small ones', 60, 12],
  ])('have the true difference in their interval 95 times of 100: %s', (_, count, size) => {
    const random = randomFrom(7);
    const leavers = (people: number, risk: number): number =>
      Array.from({ length: people }).filter(() => random() < risk).length;
    const trials = 1_000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const strata = Array.from({ length: count }, (__, at) => {
        const base = 0.05 + 0.2 * (at / count);
        const exposed = Math.max(1, Math.round(size / 3));
        return stratum(leavers(exposed, base + 0.1), exposed, leavers(size - exposed, base), size - exposed);
      });
      const interval = riskDifference(strata);
      if (interval !== null && interval.low <= 0.1 && interval.high >= 0.1) covered += 1;
    }
    expect(covered / trials).toBeGreaterThan(0.93);
    expect(covered / trials).toBeLessThan(0.97);
  });
});
