import { BASELINE_SECONDS, CLOSING_SECONDS, DROPOFF_Z, MIN_VIEWERS_SHARED, OPENING_SECONDS } from './limits.ts';
import type { Rollup } from './rollup.ts';

/** Of those who were there when a second began, how many left in it. */
export interface Second {
  readonly atRisk: number;
  readonly left: number;
}

/** A stretch of the episode in which more left than is usual around it. */
export interface Dropoff {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Who was there when it began. */
  readonly atRisk: number;
  readonly left: number;
  /** How many would have left at the rate of the seconds around it. */
  readonly expected: number;
}

/** Kaplan and Meier's counts. Who was not seen leaving is at risk for as long as they are known to have stayed. */
export function leavingBySecond({ curves }: Pick<Rollup, 'curves'>, durationSeconds: number): Second[] {
  const leftAt = curves.leftAt ?? [];
  const stayedUntil = curves.stayedUntil ?? [];
  let atRisk = sumOf(leftAt) + sumOf(stayedUntil) - (stayedUntil[0] ?? 0);
  return Array.from({ length: Math.ceil(durationSeconds) }, (_, second) => {
    const left = leftAt[second] ?? 0;
    const here = { atRisk, left };
    atRisk -= left + (stayedUntil[second + 1] ?? 0);
    return here;
  });
}

/**
 * The seconds whose hazard stands out: DROPOFF_Z standard errors above the middle half of the seconds around, pooled. The
 * opening and the last seconds of an episode are not asked; stretches with fewer leavers than may be told of are none.
 */
export function findDropoffs(seconds: readonly Second[]): Dropoff[] {
  const dropoffs: Dropoff[] = [];
  let from: number | null = null;
  for (let second = OPENING_SECONDS; second <= seconds.length - CLOSING_SECONDS; second++) {
    if (second < seconds.length - CLOSING_SECONDS && standsOut(seconds, second)) from ??= second;
    else if (from !== null) {
      dropoffs.push(describeDropoff(seconds, from, second));
      from = null;
    }
  }
  return dropoffs.filter(({ left }) => left >= MIN_VIEWERS_SHARED);
}

/** Seconds near this stretch that say what is usual there. */
export function secondsAround(length: number, fromSeconds: number, toSeconds: number): number[] {
  const first = Math.max(OPENING_SECONDS, fromSeconds - BASELINE_SECONDS);
  const end = Math.min(length - CLOSING_SECONDS, toSeconds + BASELINE_SECONDS);
  const all = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
  // A second beside it may have its edge: a scene does not end on a whole second.
  return all.filter((second) => second < fromSeconds - 1 || second > toSeconds);
}

/** On the square root's scale counts are spread alike, small ones too. @see Anscombe, Biometrika 35 (1948) 246 */
function standsOut(seconds: readonly Second[], second: number): boolean {
  const { atRisk, left } = seconds[second] ?? { atRisk: 0, left: 0 };
  const expected = atRisk * usualHazard(seconds, second, second + 1);
  return 2 * (Math.sqrt(left + 3 / 8) - Math.sqrt(expected + 3 / 8)) > DROPOFF_Z;
}

/** Of the middle half, so that neither another drop-off nearby nor a dull stretch sets it. Half a leaver more than none. */
function usualHazard(seconds: readonly Second[], fromSeconds: number, toSeconds: number): number {
  const around = secondsAround(seconds.length, fromSeconds, toSeconds)
    .flatMap((second) => seconds[second] ?? [])
    .filter(({ atRisk }) => atRisk > 0)
    .toSorted((a, b) => a.left / a.atRisk - b.left / b.atRisk);
  const quarter = Math.floor(around.length / 4);
  const middle = around.slice(quarter, around.length - quarter);
  return (sumOf(middle.map(({ left }) => left)) + 0.5) / (sumOf(middle.map(({ atRisk }) => atRisk)) + 1);
}

function describeDropoff(seconds: readonly Second[], fromSeconds: number, toSeconds: number): Dropoff {
  const usual = usualHazard(seconds, fromSeconds, toSeconds);
  const inside = seconds.slice(fromSeconds, toSeconds);
  return {
    fromSeconds,
    toSeconds,
    atRisk: inside[0]?.atRisk ?? 0,
    left: sumOf(inside.map(({ left }) => left)),
    expected: usual * sumOf(inside.map(({ atRisk }) => atRisk)),
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
