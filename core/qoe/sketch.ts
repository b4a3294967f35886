import { SKETCH_RELATIVE_ERROR } from './limits.ts';

/**
 * Quantiles of many values in few numbers: values are counted in buckets whose bounds grow by a constant factor, so that
 * the middle of a bucket is at most SKETCH_RELATIVE_ERROR from every value in it. Being counts, two sketches are added,
 * and one taken from another, without any loss.
 *
 * @see Masson, Rim, Lee: DDSketch, a fast and fully-mergeable quantile sketch with relative-error guarantees (2019)
 */
export interface Sketch {
  /** Values below 1: of milliseconds and bytes, and of percents too, none is worth telling from 0. */
  readonly zeros: number;
  readonly buckets: { readonly [index: string]: number };
}

export const EMPTY_SKETCH: Sketch = { zeros: 0, buckets: {} };

const GROWTH = (1 + SKETCH_RELATIVE_ERROR) / (1 - SKETCH_RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);

export function sketchOf(value: number): Sketch {
  if (!(value >= 1)) return { zeros: 1, buckets: {} };
  return { zeros: 0, buckets: { [Math.ceil(Math.log(value) / LOG_GROWTH)]: 1 } };
}

export function sketchCount(sketch: Sketch): number {
  return Object.values(sketch.buckets).reduce((sum, count) => sum + count, sketch.zeros);
}

/** The nearest-rank quantile: the smallest value that at least `share` of all do not exceed. null of nothing. */
export function quantile(sketch: Sketch, share: number): number | null {
  const count = sketchCount(sketch);
  if (count <= 0) return null;
  const rank = Math.max(1, Math.ceil(share * count));
  let seen = sketch.zeros;
  if (seen >= rank) return 0;
  const indices = Object.keys(sketch.buckets)
    .map(Number)
    .toSorted((a, b) => a - b);
  for (const index of indices) {
    seen += sketch.buckets[index] ?? 0;
    if (seen >= rank) return (2 * GROWTH ** index) / (GROWTH + 1);
  }
  return null;
}

/** A sketch that is being summed. */
export interface SketchSum {
  zeros: number;
  readonly buckets: { [index: string]: number };
}

export function newSketch(): SketchSum {
  return { zeros: 0, buckets: {} };
}

/** Adds a sketch, or with -1 takes it out, in place: it costs the part's buckets and not the sum's. */
export function accumulateSketch(sum: SketchSum, part: Sketch, sign: 1 | -1): void {
  sum.zeros += sign * part.zeros;
  const { buckets } = part;
  for (const index in buckets) {
    const total = (sum.buckets[index] ?? 0) + sign * (buckets[index] ?? 0);
    if (total === 0) delete sum.buckets[index];
    else sum.buckets[index] = total;
  }
}

export function mergeSketches(a: Sketch, b: Sketch, sign: 1 | -1): Sketch {
  const sum = { zeros: a.zeros, buckets: { ...a.buckets } };
  accumulateSketch(sum, b, sign);
  return sum;
}
