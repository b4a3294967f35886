/**
 * The sums that every metric is made of. All of them are whole numbers, so that adding a view and taking it out again
 * leaves exactly what was there before, in whatever order: that is what makes a duplicate, a late or a lost beacon
 * change nothing in the end.
 */
import type { CountName, CurveName, SketchName } from './rollup-names.ts';
import { accumulateSketch, type Sketch, type SketchSum } from './sketch.ts';

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
  for (const [name, count] of entriesOf(part.counts)) {
    const total = (sum.counts[name] ?? 0) + sign * count;
    if (total === 0) delete sum.counts[name];
    else sum.counts[name] = total;
  }
  for (const [name, curve] of entriesOf(part.curves)) {
    const total = (sum.curves[name] ??= []);
    for (const [at, value] of curve.entries()) total[at] = (total[at] ?? 0) + sign * value;
    while (total.at(-1) === 0) total.pop();
    if (total.length === 0) delete sum.curves[name];
  }
  for (const [name, sketch] of entriesOf(part.sketches)) {
    const total = (sum.sketches[name] ??= { zeros: 0, buckets: {} });
    accumulateSketch(total, sketch, sign);
    if (sign < 0 && total.zeros === 0 && Object.keys(total.buckets).length === 0) delete sum.sketches[name];
  }
  return sum;
}

type Entry<Members> = { [Name in keyof Members & string]-?: [Name, NonNullable<Members[Name]>] }[keyof Members &
  string];

function entriesOf<Members extends object>(members: Members): Entry<Members>[] {
  return Object.entries(members).filter(([, value]) => value !== undefined) as Entry<Members>[];
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
