/** Drop-off points, and of each the counts that its cause is told from, by docs/metrics.md. */
import { hasStarted, isLow, type Facts } from './facts.ts';
import { exitSecond, hasLeft, isAtRisk, leavingTruth, type There } from './retention.ts';

export interface DropoffTruth {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly atRisk: number;
  readonly left: number;
  readonly expected: number;
  readonly counts: { readonly [exposure in 'stall' | 'low' | 'clear']: There };
}

export function dropoffsTruth(views: readonly Facts[], durationSeconds: number): DropoffTruth[] {
  const started = views.filter(hasStarted);
  const seconds = leavingTruth(started, Math.ceil(durationSeconds));
  const standing = seconds.map((_, second) => standsOut(seconds, second));
  const dropoffs: DropoffTruth[] = [];
  for (let from = 0; from < seconds.length; from++) {
    if (standing[from] !== true) continue;
    let to = from;
    while (standing[to] === true) to++;
    const inside = seconds.slice(from, to);
    dropoffs.push({
      fromSeconds: from,
      toSeconds: to,
      atRisk: inside[0]?.atRisk ?? 0,
      left: inside.reduce((sum, { left }) => sum + left, 0),
      expected: usualHazard(seconds, from, to) * inside.reduce((sum, { atRisk }) => sum + atRisk, 0),
      counts: countsOf(started, from, to, seconds.length),
    });
    from = to;
  }
  return dropoffs.filter(({ left }) => left >= 10);
}

/** The first 3 s and the last 2 s are not asked. */
function standsOut(seconds: readonly There[], second: number): boolean {
  if (second < 3 || second >= seconds.length - 2) return false;
  const { atRisk, left } = seconds[second] as There;
  const expected = atRisk * usualHazard(seconds, second, second + 1);
  return 2 * (Math.sqrt(left + 0.375) - Math.sqrt(expected + 0.375)) > 4;
}

/** Pooled over the middle half of the 15 s on either side, without the seconds beside it; half a leaver more than none. */
function usualHazard(seconds: readonly There[], from: number, to: number): number {
  const around = seconds
    .filter((_, at) => at >= 3 && at < seconds.length - 2 && at >= from - 15 && at < to + 15)
    .filter((_, index) => {
      const at = Math.max(3, from - 15) + index;
      return at < from - 1 || at > to;
    })
    .filter(({ atRisk }) => atRisk > 0)
    .toSorted((a, b) => a.left / a.atRisk - b.left / b.atRisk);
  const quarter = Math.floor(around.length / 4);
  const middle = around.slice(quarter, around.length - quarter);
  const left = middle.reduce((sum, each) => sum + each.left, 0);
  const atRisk = middle.reduce((sum, each) => sum + each.atRisk, 0);
  return (left + 0.5) / (atRisk + 1);
}

function countsOf(started: readonly Facts[], from: number, to: number, seconds: number): DropoffTruth['counts'] {
  const counts = { stall: { atRisk: 0, left: 0 }, low: { atRisk: 0, left: 0 }, clear: { atRisk: 0, left: 0 } };
  for (const view of started)
    for (let second = from; second < to; second++) {
      if (!isAtRisk(view, second, seconds)) continue;
      const had = counts[exposureAt(view, second)];
      had.atRisk++;
      if (hasLeft(view) && exitSecond(view, seconds) === second) had.left++;
    }
  return counts;
}

/** A stall in this second or the 5 s before it; else a low rendition when it began. */
function exposureAt({ stalls, shown }: Facts, second: number): 'stall' | 'low' | 'clear' {
  if (stalls.some(({ at }) => at >= (second - 5) * 100 && at < (second + 1) * 100)) return 'stall';
  const last = shown.findLast(({ at }) => at <= second * 100);
  return last !== undefined && isLow(last) ? 'low' : 'clear';
}
