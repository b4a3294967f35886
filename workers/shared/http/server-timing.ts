/** The steps of a request whose waiting is told to the client, in the order in which they are run. */
const STEPS = ['verify', 'load', 'decide', 'rewrite'] as const;
export type TimedStep = (typeof STEPS)[number];

const waitedMs = new WeakMap<Request, Map<TimedStep, number>>();

/**
 * Counts how long a step of a request waited. The clock of a Worker stands still while it computes (a defence against
 * Spectre), so this is the waiting for D1, the viewer's object and R2, and 0 where a cache had the answer. CPU is
 * measured from outside, by `npm run bench`.
 */
export async function timed<T>(request: Request, step: TimedStep, work: Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  try {
    return await work;
  } finally {
    const steps = waitedMs.get(request) ?? new Map<TimedStep, number>();
    steps.set(step, (steps.get(step) ?? 0) + performance.now() - startedAtMs);
    waitedMs.set(request, steps);
  }
}

/** The value of `Server-Timing`; null where nothing was timed. @see W3C Server Timing */
export function serverTiming(request: Request): string | null {
  const steps = waitedMs.get(request);
  if (steps === undefined) return null;
  return STEPS.flatMap((step) => {
    const ms = steps.get(step);
    return ms === undefined ? [] : [`${step};dur=${Math.round(ms * 10) / 10}`];
  }).join(', ');
}
