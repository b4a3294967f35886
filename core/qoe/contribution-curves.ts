/** Where in the episode a view played, played again and stalled. */
import { FINEST_PERCENT, LONGEST_CURVE_SECONDS } from './limits.ts';
import type { Rollup } from './rollup.ts';
import { furthestSecond, playsOf, type ViewRecord } from './view-record.ts';

export type Curves = Rollup['curves'];
type Stretches = ViewRecord['watched'];

export function curveLength(durationSeconds: number | null): number {
  return durationSeconds === null ? LONGEST_CURVE_SECONDS : Math.ceil(durationSeconds);
}

/** A second counts when its middle was played, a hundredth likewise: once for the view, and once for each time. */
export function playCurves(view: ViewRecord, durationSeconds: number | null): Curves {
  const plays = playsOf(view);
  const seconds = curveLength(durationSeconds);
  return {
    ...curve('playedBySecond', countParts(view.watched, seconds, seconds).map(once)),
    ...curve('playsBySecond', countParts(plays, seconds, seconds)),
    ...(durationSeconds === null
      ? {}
      : {
          ...curve('playedByPercent', countParts(view.watched, durationSeconds, FINEST_PERCENT).map(once)),
          ...curve('playsByPercent', countParts(plays, durationSeconds, FINEST_PERCENT)),
        }),
    ...exitCurve(view, seconds),
  };
}

export function stallCurves(view: ViewRecord, durationSeconds: number | null): Curves {
  const last = curveLength(durationSeconds) - 1;
  const counts = Array.from({ length: last + 1 }, () => 0);
  const durations = [...counts];
  for (const { atSeconds, durationMs } of view.stalls) {
    const second = Math.min(last, Math.floor(atSeconds));
    counts[second] = (counts[second] ?? 0) + 1;
    durations[second] = (durations[second] ?? 0) + Math.round(durationMs);
  }
  return { ...curve('stallsAt', counts), ...curve('stallMsAt', durations) };
}

export interface Exit {
  /** Swiped away before the end. All else says only that they stayed so long: the end, a paywall, a hidden page, silence. */
  readonly hasLeft: boolean;
  /** The second in which they left; of the others, how many seconds they are known to have stayed. */
  readonly second: number;
}

/** @see notes/playback.md 5.2 */
export function exitOf(view: ViewRecord, seconds: number): Exit {
  const details = view.details;
  const isAtPaywall =
    details?.paywallShown === true && details.unlockMs === null && (details.offerTaken ?? null) === null;
  const hasLeft = view.leftBy === 'swipe' && !view.ended && !isAtPaywall;
  const furthest = furthestSecond(view);
  return hasLeft
    ? { hasLeft, second: Math.min(seconds - 1, Math.floor(furthest)) }
    : { hasLeft, second: Math.min(seconds, Math.floor(furthest + 0.5)) };
}

export function exitCurve(view: ViewRecord, seconds: number): Curves {
  const { hasLeft, second } = exitOf(view, seconds);
  const at = Array.from({ length: second + 1 }, () => 0).with(-1, 1);
  return hasLeft ? { leftAt: at } : { stayedUntil: at };
}

function once(count: number): number {
  return Math.min(1, count);
}

/**
 * How often the middle of each of so many equal parts was played, with both bounds. In whole milliseconds and without a
 * division, as players stop on a middle often enough: the 3 % of a minute are just 1.8 s.
 */
function countParts(stretches: Stretches, lengthSeconds: number, parts: number): number[] {
  const counts: number[] = [];
  const lengthMs = Math.round(lengthSeconds * 1_000);
  for (const [from, to] of stretches) {
    // The middle of a part is (2 × part + 1) × length ÷ (2 × parts).
    const [start, end] = [2 * parts * Math.round(from * 1_000), 2 * parts * Math.round(to * 1_000)];
    const first = Math.max(0, Math.ceil((start - lengthMs) / (2 * lengthMs)));
    while (counts.length < Math.min(first, parts)) counts.push(0);
    for (let part = first; part < parts && (2 * part + 1) * lengthMs <= end; part++)
      counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}

/** Without zeros at its end; nothing at all where nothing is counted. */
export function curve<Name extends string>(name: Name, values: readonly number[]): { [name in Name]?: number[] } {
  let end = values.length;
  while (end > 0 && values[end - 1] === 0) end -= 1;
  if (end === 0) return {};
  return { [name]: end === values.length ? values : values.slice(0, end) } as { [name in Name]?: number[] };
}
