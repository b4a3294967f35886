/** Two periods, or two parts of the audience: by how much they differ, and whether that can be chance. */
import { metricOf, type MetricName } from '../metric-names.ts';
import { metricsOf, type Metric } from '../metrics.ts';
import { proportionOf, SHARES } from '../proportions.ts';
import type { RollupGroup } from '../rollup-query.ts';
import type { SeriesMetrics } from '../series-metrics.ts';
import { differenceOfProportions } from '../two-proportions.ts';

type Group = Pick<RollupGroup, 'rollup' | 'uniqueViewers'>;

export interface Difference<Name extends string = string> {
  readonly metric: Name;
  readonly value: Metric;
  readonly against: Metric;
  /** null where one of them was not measured. */
  readonly difference: Metric;
  /** 95 %, in the metric's own unit; null of what is no share of views or sessions. */
  readonly low: Metric;
  readonly high: Metric;
  /** The interval has no 0 in it. null where there is none. */
  readonly isBeyondChance: boolean | null;
}

/** `isApart`: no view is in both; where some are, nothing can be said of chance. */
export function differencesOf(
  names: readonly MetricName[],
  [a, b]: readonly [Group, Group],
  isApart: boolean,
): Difference<MetricName>[] {
  const [ours, theirs] = [metricsOf(a.rollup, a.uniqueViewers), metricsOf(b.rollup, b.uniqueViewers)];
  return names.map((name) => ({
    metric: name,
    ...difference(metricOf(ours, name), metricOf(theirs, name)),
    ...(isApart ? chance(name, a, b) : NO_INTERVAL),
  }));
}

export type SeriesNumber =
  | 'sessions'
  | 'nextEpisodeRate'
  | 'cliffhangerHold'
  | 'bingeDepth'
  | 'paywallConversion'
  | 'coinsPerViewer'
  | 'preloadWaste';
const SERIES_NUMBERS: readonly SeriesNumber[] = [
  'sessions',
  'nextEpisodeRate',
  'cliffhangerHold',
  'bingeDepth',
  'paywallConversion',
  'coinsPerViewer',
  'preloadWaste',
];

type SeriesGroup = Group & { readonly numbers: Pick<SeriesMetrics, SeriesNumber> };

export function seriesDifferencesOf(
  [a, b]: readonly [SeriesGroup, SeriesGroup],
  isApart: boolean,
): Difference<SeriesNumber>[] {
  return SERIES_NUMBERS.map((name) => ({
    metric: name,
    ...difference(a.numbers[name], b.numbers[name]),
    ...(isApart ? chance(name, a, b) : NO_INTERVAL),
  }));
}

function difference(value: Metric, against: Metric): Pick<Difference, 'value' | 'against' | 'difference'> {
  return { value, against, difference: value === null || against === null ? null : value - against };
}

function chance(
  name: MetricName | SeriesNumber,
  a: Group,
  b: Group,
): Pick<Difference, 'low' | 'high' | 'isBeyondChance'> {
  const share = name in SHARES ? SHARES[name as keyof typeof SHARES] : undefined;
  if (share === undefined) return NO_INTERVAL;
  const interval = differenceOfProportions(proportionOf(a.rollup, share), proportionOf(b.rollup, share));
  if (interval === null) return NO_INTERVAL;
  const { low, high } = interval;
  return { low: low * share.scale, high: high * share.scale, isBeyondChance: low > 0 || high < 0 };
}

const NO_INTERVAL = { low: null, high: null, isBeyondChance: null };
