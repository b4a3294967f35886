/** What `…/retention` answers of one group. */
import { metricsOf, type Metric } from '../metrics.ts';
import { retentionCurvesOf, type CoveragePoint, type SurvivalPoint } from '../retention-curves.ts';
import type { RollupGroup } from '../rollup-query.ts';
import { sharedPoints } from './sharing.ts';

export interface RetentionAnswer {
  readonly views: number;
  readonly starts: number;
  readonly uniqueViewers: number | null;
  readonly completionRate: Metric;
  readonly averagePercentWatched: Metric;
  readonly medianPercentWatched: Metric;
  readonly openingLoss: Metric;
  readonly curve: readonly ({ readonly atSeconds: number } & CoveragePoint)[];
  readonly byPercent: readonly ({ readonly percent: number } & CoveragePoint)[];
  readonly survival: readonly ({ readonly atSeconds: number } & SurvivalPoint)[];
  /** Only the seconds that something stalled in. */
  readonly stalls: readonly { readonly atSeconds: number; readonly stalls: number; readonly stallMs: number }[];
}

export function retentionAnswer(
  { rollup, uniqueViewers }: Pick<RollupGroup, 'rollup' | 'uniqueViewers'>,
  durationSeconds: number,
  isShared: boolean,
): RetentionAnswer {
  const { views, starts, completionRate, averagePercentWatched, medianPercentWatched } = metricsOf(rollup);
  const { bySecond, byPercent, survival, openingLoss } = retentionCurvesOf(rollup, durationSeconds);
  const told = <Point>(points: readonly Point[], viewersOf: (point: Point) => number): readonly Point[] =>
    isShared ? sharedPoints(points, viewersOf) : points;
  const stallsAt = rollup.curves.stallsAt ?? [];
  const stalls = stallsAt.map((count, atSeconds) => {
    return { atSeconds, stalls: count, stallMs: rollup.curves.stallMsAt?.[atSeconds] ?? 0 };
  });
  return {
    views,
    starts,
    uniqueViewers,
    completionRate,
    averagePercentWatched,
    medianPercentWatched,
    openingLoss,
    curve: told(
      bySecond.map((point, atSeconds) => ({ atSeconds, ...point })),
      ({ viewers }) => viewers,
    ),
    byPercent: told(
      byPercent.map((point, percent) => ({ percent, ...point })),
      ({ viewers }) => viewers,
    ),
    survival: told(
      survival.map((point, atSeconds) => ({ atSeconds, ...point })),
      ({ atRisk }) => atRisk,
    ),
    stalls: told(
      stalls.filter((each) => each.stalls > 0),
      (each) => each.stalls,
    ),
  };
}
