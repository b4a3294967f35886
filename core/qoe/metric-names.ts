/** The numbers of `Metrics` by name, one by one: for tables, alerts and comparisons. */
import type { Metric, Metrics, Percentiles } from './metrics.ts';

export const SCALAR_METRICS = [
  'views',
  'starts',
  'uniqueViewers',
  'flaggedViews',
  'flicks',
  'playingTimeMs',
  'completionRate',
  'averagePercentWatched',
  'medianPercentWatched',
  'instantStartRate',
  'videoStartupFailurePercentage',
  'exitsBeforeVideoStart',
  'businessExceptionPercentage',
  'playbackFailurePercentage',
  'rebufferPercentage',
  'rebufferFrequency',
  'rebufferCount',
  'rebufferDurationMs',
  'viewsWithRebuffering',
  'weightedAverageBitrateBps',
  'renditionUpshiftCount',
  'renditionDownshiftCount',
  'lowRenditionShare',
  'droppedFramePercentage',
  'viewerExperienceScore',
] as const;
export const PERCENTILE_METRICS = ['videoStartupTimeMs', 'swipeToFirstFrameMs', 'unlockToFirstFrameMs'] as const;
const PERCENTILES = ['p50', 'p75', 'p95'] as const satisfies readonly (keyof Percentiles)[];

export type ScalarMetric = (typeof SCALAR_METRICS)[number];
export type PercentileMetric = (typeof PERCENTILE_METRICS)[number];
export type MetricName = ScalarMetric | `${PercentileMetric}.${keyof Percentiles}`;

export const METRIC_NAMES: readonly MetricName[] = [
  ...SCALAR_METRICS,
  ...PERCENTILE_METRICS.flatMap((metric) => PERCENTILES.map((percentile) => `${metric}.${percentile}` as const)),
];

export function metricOf(metrics: Metrics, name: MetricName): Metric {
  const scalar = SCALAR_METRICS.find((each) => each === name);
  if (scalar !== undefined) return metrics[scalar];
  const metric = PERCENTILE_METRICS.find((each) => name.startsWith(`${each}.`));
  const percentile = PERCENTILES.find((each) => name.endsWith(`.${each}`));
  return metric === undefined || percentile === undefined ? null : metrics[metric][percentile];
}
