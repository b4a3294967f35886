/**
 * The sums that every metric is made of. All of them are whole numbers, so that adding a view and taking it out again
 * leaves exactly what was there before, in whatever order: that is what makes a duplicate, a late or a lost beacon
 * change nothing in the end.
 */
import type { CountName, CurveName, SketchName } from './rollup-names.ts';
import { accumulateSketch, newSketch, type Sketch, type SketchSum } from './sketch.ts';

/** Only what is not zero is there, and no curve ends in a zero: equal sums are equal JSON. */
export interface Rollup {
  readonly counts: { readonly [name in CountName]?: number };
  /** By second of the episode, or by what the name says. */
  readonly curves: { readonly [name in CurveName]?: readonly number[] };
  readonly sketches: { readonly [name in SketchName]?: Sketch };
}

export function emptyRollup(): RollupSum {
  return { counts: {}, curves: {}, sketches: {} };
}

/** A rollup that is being summed. */
export interface RollupSum {
  readonly counts: { [name in CountName]?: number };
  readonly curves: { [name in CurveName]?: number[] };
  readonly sketches: { [name in SketchName]?: SketchSum };
}

export function add(a: Rollup, b: Rollup): Rollup {
  return accumulate(copyOf(a), b, 1);
}

/** The inverse of `add`, exactly. */
export function subtract(a: Rollup, b: Rollup): Rollup {
  return accumulate(copyOf(a), b, -1);
}

export function copyOf({ counts, curves, sketches }: Rollup): RollupSum {
  return {
    counts: { ...counts },
    curves: mapValues(curves, (curve) => [...curve]),
    sketches: mapValues(sketches, ({ zeros, buckets }) => ({ zeros, buckets: { ...buckets } })),
  };
}

/** Adds a part, or with -1 takes it out, in place and at the part's cost: for who has many of them. */
export function accumulate(sum: RollupSum, part: Rollup, sign: 1 | -1): RollupSum {
  for (const name in part.counts) addCount(sum.counts, name as CountName, sign * (part.counts[name as CountName] ?? 0));
  for (const name in part.curves) addCurve(sum.curves, name as CurveName, part.curves[name as CurveName] ?? [], sign);
  for (const name in part.sketches) {
    const sketch = part.sketches[name as SketchName];
    if (sketch !== undefined) addSketch(sum.sketches, name as SketchName, sketch, sign);
  }
  return sum;
}

function addCount(counts: RollupSum['counts'], name: CountName, count: number): void {
  const total = (counts[name] ?? 0) + count;
  if (total === 0) delete counts[name];
  else counts[name] = total;
}

function addCurve(curves: RollupSum['curves'], name: CurveName, curve: readonly number[], sign: 1 | -1): void {
  const total = (curves[name] ??= []);
  for (let at = 0; at < curve.length; at++) total[at] = (total[at] ?? 0) + sign * (curve[at] ?? 0);
  while (total.at(-1) === 0) total.pop();
  if (total.length === 0) delete curves[name];
}

/** What a difference takes out may be all that there was. */
function addSketch(sketches: RollupSum['sketches'], name: SketchName, sketch: Sketch, sign: 1 | -1): void {
  const total = (sketches[name] ??= newSketch());
  accumulateSketch(total, sketch, sign);
  if (total.zeros === 0 && Object.keys(total.buckets).length === 0) delete sketches[name];
}

function mapValues<Name extends string, From, To>(
  members: { readonly [name in Name]?: From },
  map: (value: From) => To,
): { [name in Name]?: To } {
  const mapped: { [name: string]: To } = {};
  for (const [name, value] of Object.entries<From | undefined>(members))
    if (value !== undefined) mapped[name] = map(value);
  return mapped as { [name in Name]?: To };
}
