/** Two answers, number by number: what should be the same, and what a sketch may be off by. */

export interface Deviation {
  readonly path: string;
  readonly truth: unknown;
  readonly told: unknown;
  /** Relative; Infinity where one of them is no number. */
  readonly off: number;
}

/** What follows from a sketch: percentiles, by name. */
export const isFromSketch = (path: string): boolean => /\.(p50|p75|p95)$|medianPercentWatched$/.test(path);

/** Sums are whole numbers and their ratios are divided once: what is left is the last digits of a double. */
export const EXACT = 1e-12;
export const SKETCH = 0.01;

/** Each number of the truth beside what was told for it. */
export function deviations(truth: unknown, told: unknown, path = ''): Deviation[] {
  if (typeof truth !== 'object' || truth === null) return [{ path, truth, told, off: offBy(truth, told) }];
  const length = Array.isArray(truth)
    ? [{ path: `${path}.length`, truth: truth.length, told: lengthOf(told), off: offBy(truth.length, lengthOf(told)) }]
    : [];
  return [
    ...length,
    ...Object.entries(truth).flatMap(([name, value]: [string, unknown]) =>
      deviations(
        value,
        typeof told === 'object' && told !== null ? (told as Record<string, unknown>)[name] : undefined,
        `${path}.${name}`,
      ),
    ),
  ];
}

function lengthOf(told: unknown): unknown {
  return Array.isArray(told) ? told.length : undefined;
}

function offBy(truth: unknown, told: unknown): number {
  if (Object.is(truth, told)) return 0;
  if (typeof truth !== 'number' || typeof told !== 'number') return Infinity;
  return Math.abs(told - truth) / Math.max(Math.abs(truth), Number.MIN_VALUE);
}

/** A sketch tells what is under 1 as 0. */
export function isRight({ path, truth, told, off }: Deviation): boolean {
  if (!isFromSketch(path)) return off <= EXACT;
  return off <= SKETCH + EXACT || (typeof truth === 'number' && truth < 1 && told === 0);
}
