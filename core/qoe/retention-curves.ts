import { leavingBySecond } from './dropoffs.ts';
import { FINEST_PERCENT, OPENING_SECONDS } from './limits.ts';
import { ratio, type Metric } from './metrics.ts';
import type { Rollup } from './rollup.ts';

export interface CoveragePoint {
  /** Views that played this part, and how often it was played: what is above is watched again. */
  readonly viewers: number;
  readonly plays: number;
  /** Of the views that started; null where none did. */
  readonly share: Metric;
}

export interface SurvivalPoint {
  readonly atRisk: number;
  readonly left: number;
  /** Kaplan and Meier's: of all, who is still there when this second begins. */
  readonly share: number;
}

export interface RetentionCurves {
  readonly bySecond: readonly CoveragePoint[];
  readonly byPercent: readonly CoveragePoint[];
  readonly survival: readonly SurvivalPoint[];
  /** Who left while the episode was tried on. */
  readonly openingLoss: Metric;
}

export function retentionCurvesOf(rollup: Rollup, durationSeconds: number): RetentionCurves {
  const { counts, curves } = rollup;
  const starts = (counts['outcome.started'] ?? 0) + (counts['outcome.playback-failure'] ?? 0);
  const coverage = (played: readonly number[] = [], plays: readonly number[] = [], length: number): CoveragePoint[] =>
    Array.from({ length }, (_, at) => {
      const viewers = played[at] ?? 0;
      return { viewers, plays: plays[at] ?? 0, share: ratio(viewers, starts) };
    });
  const survival = survivalOf(rollup, durationSeconds);
  const opened = survival[OPENING_SECONDS]?.share ?? null;
  return {
    bySecond: coverage(curves.playedBySecond, curves.playsBySecond, Math.ceil(durationSeconds)),
    byPercent: coverage(curves.playedByPercent, curves.playsByPercent, FINEST_PERCENT),
    survival,
    openingLoss: starts === 0 || opened === null ? null : 1 - opened,
  };
}

function survivalOf(rollup: Rollup, durationSeconds: number): SurvivalPoint[] {
  let share = 1;
  return leavingBySecond(rollup, durationSeconds).map(({ atRisk, left }) => {
    const point = { atRisk, left, share };
    share *= 1 - (ratio(left, atRisk) ?? 0);
    return point;
  });
}
