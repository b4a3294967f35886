import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SKETCH_RELATIVE_ERROR } from '#core/qoe/limits.ts';
import {
  accumulateSketch,
  EMPTY_SKETCH,
  mergeSketches,
  quantile,
  sketchCount,
  sketchOf,
  type Sketch,
} from '#core/qoe/sketch.ts';

const sketch = (values: readonly number[]): Sketch => {
  const sum = { zeros: 0, buckets: {} };
  for (const value of values) accumulateSketch(sum, sketchOf(value), 1);
  return sum;
};
const nearestRank = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1];

const milliseconds = fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.double({ min: 1, max: 1e9, noNaN: true }));
const shares = fc.double({ min: 0, max: 1, noNaN: true });

describe('a sketch of percentiles', () => {
  test('is within 1 % of the true one, whatever the values are', () => {
    fc.assert(
      fc.property(fc.array(milliseconds, { minLength: 1, maxLength: 300 }), shares, (values, share) => {
        const truth = nearestRank(values, share) ?? 0;
        const told = quantile(sketch(values), share) ?? 0;
        // The last digits of a logarithm are not the sketch's error.
        expect(Math.abs(told - truth)).toBeLessThanOrEqual(truth * SKETCH_RELATIVE_ERROR * (1 + 1e-9));
      }),
    );
  });

  test('is the same of a whole as of its parts together, and a part taken out was never there', () => {
    fc.assert(
      fc.property(fc.array(milliseconds), fc.array(milliseconds), (some, others) => {
        const whole = mergeSketches(sketch(some), sketch(others), 1);
        expect(whole).toEqual(sketch([...others, ...some]));
        expect(mergeSketches(whole, sketch(others), -1)).toEqual(sketch(some));
        expect(sketchCount(whole)).toBe(some.length + others.length);
      }),
    );
  });

  test('of nothing has no percentile, and what is below 1 is 0', () => {
    expect(quantile(EMPTY_SKETCH, 0.5)).toBeNull();
    expect(quantile(sketch([0, 0.4, 300]), 0.5)).toBe(0);
  });

  test('stays small: from 1 ms to ten minutes there are under 700 buckets', () => {
    const values = Array.from({ length: 20_000 }, (_, at) => 600_000 ** (at / 19_999));
    expect(Object.keys(sketch(values).buckets).length).toBeLessThan(700);
  });
});
