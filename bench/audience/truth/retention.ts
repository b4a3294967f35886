/** Who was there, second by second and hundredth by hundredth, and who left. */
import type { RetentionCurves } from '../../../core/qoe/retention-curves.ts';
import type { SimEpisode } from '../library.ts';
import { hasStarted, type Facts } from './facts.ts';
import { partsPlayed, type Stretch } from './stretches.ts';

export function retentionTruth(views: readonly Facts[], episode: SimEpisode): RetentionCurves {
  const started = views.filter(hasStarted);
  const end = Math.round(episode.durationSeconds * 100);
  const seconds = Math.ceil(episode.durationSeconds);
  const coverage = (endHundredths: number, parts: number) => {
    const viewers = Array.from({ length: parts }, () => 0);
    const plays = [...viewers];
    const count = (counts: number[], stretches: readonly Stretch[], most: number): void => {
      for (const [part, times] of partsPlayed(stretches, endHundredths, parts).entries())
        counts[part] = (counts[part] ?? 0) + Math.min(most, times);
    };
    for (const view of started) {
      count(viewers, view.watched, 1);
      count(plays, joined(view.plays), Infinity);
    }
    const share = (part: number) => (started.length === 0 ? null : part / started.length);
    return viewers.map((number, part) => ({ viewers: number, plays: plays[part] ?? 0, share: share(number) }));
  };
  const survival = survivalTruth(started, seconds);
  return {
    bySecond: coverage(seconds * 100, seconds),
    byPercent: coverage(end, 100),
    survival,
    openingLoss: started.length === 0 ? null : 1 - (survival[3]?.share ?? 1),
  };
}

/** Pieces that follow one on another, a beacon or a stall between them, are one time of playing. */
function joined(plays: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const [from, to] of plays) {
    const last = all.at(-1);
    if (last !== undefined && last[1] === from) all[all.length - 1] = [last[0], to];
    else all.push([from, to]);
  }
  return all;
}

export interface There {
  readonly atRisk: number;
  readonly left: number;
}

/** Swiped away before the end, and not from a paywall that stayed shut. */
export function hasLeft(view: Facts): boolean {
  const isAtPaywall = view.paywall && view.took === null && view.unlockMs === null;
  return view.leftBySwipe && !view.reachedEnd && !isAtPaywall;
}

/** The second of the furthest position; one that is past the end is the last. */
export function exitSecond({ furthest }: Facts, seconds: number): number {
  return Math.min(seconds - 1, Math.floor(furthest / 100));
}

/** Who left was there until they did; who is only not heard of any more, in each second whose middle they reached. */
export function isAtRisk(view: Facts, second: number, seconds: number): boolean {
  return hasLeft(view) ? exitSecond(view, seconds) >= second : view.furthest >= second * 100 + 50;
}

export function leavingTruth(started: readonly Facts[], seconds: number): There[] {
  return Array.from({ length: seconds }, (_, second) => ({
    atRisk: started.filter((view) => isAtRisk(view, second, seconds)).length,
    left: started.filter((view) => hasLeft(view) && exitSecond(view, seconds) === second).length,
  }));
}

function survivalTruth(started: readonly Facts[], seconds: number): RetentionCurves['survival'] {
  let share = 1;
  return leavingTruth(started, seconds).map(({ atRisk, left }) => {
    const point = { atRisk, left, share };
    if (atRisk > 0) share *= 1 - left / atRisk;
    return point;
  });
}
