/** Every published number of a rollup. docs/metrics.md has the formula of each; rates are a ratio of sums. */
import { MIN_VIEWERS_SHARED } from './limits.ts';
import type { Rollup } from './rollup.ts';
import { quantile } from './sketch.ts';

/** null where nothing was there to divide by: not measured is not zero. */
export type Metric = number | null;

export interface Metrics {
  readonly views: number;
  readonly starts: number;
  readonly uniqueViewers: Metric;
  readonly flaggedViews: number;
  readonly flicks: number;
  readonly playingTimeMs: number;
  readonly completionRate: Metric;
  readonly averagePercentWatched: Metric;
  readonly medianPercentWatched: Metric;
  readonly videoStartupTimeMs: Percentiles;
  readonly swipeToFirstFrameMs: Percentiles;
  readonly instantStartRate: Metric;
  readonly videoStartupFailurePercentage: Metric;
  readonly exitsBeforeVideoStart: Metric;
  readonly businessExceptionPercentage: Metric;
  readonly playbackFailurePercentage: Metric;
  readonly rebufferPercentage: Metric;
  readonly rebufferFrequency: Metric;
  readonly rebufferCount: Metric;
  readonly rebufferDurationMs: Metric;
  readonly viewsWithRebuffering: Metric;
  readonly weightedAverageBitrateBps: Metric;
  readonly renditionUpshiftCount: Metric;
  readonly renditionDownshiftCount: Metric;
  readonly lowRenditionShare: Metric;
  readonly droppedFramePercentage: Metric;
  readonly viewerExperienceScore: Metric;
  readonly unlockToFirstFrameMs: Percentiles;
}

export interface Percentiles {
  readonly p50: Metric;
  readonly p75: Metric;
  readonly p95: Metric;
}

/** `uniqueViewers` is counted apart, exactly: a rollup cannot know who is in two of its views. */
export function metricsOf({ counts, sketches }: Rollup, uniqueViewers: number | null = null): Metrics {
  const of = (name: keyof typeof counts): number => counts[name] ?? 0;
  const failedLater = of('outcome.playback-failure');
  const starts = of('outcome.started') + failedLater;
  const startupFailures = of('outcome.startup-failure');
  const exits = of('outcome.exit-before-start');
  const turnedAway = of('outcome.business-exception');
  const flicks = of('outcome.flick');
  const attempts = starts + startupFailures + exits;
  return {
    views: attempts + turnedAway + flicks + of('outcome.pending'),
    starts,
    uniqueViewers,
    flaggedViews: of('flagged'),
    flicks,
    playingTimeMs: of('playedMs'),
    completionRate: ratio(of('completed'), starts),
    averagePercentWatched: ratio(of('watchedBasisPoints') / 100, of('measuredViews')),
    medianPercentWatched: atMostWhole(quantile(sketches.watchedPercent ?? NO_VALUES, 0.5)),
    videoStartupTimeMs: percentilesOf(sketches.startupMs),
    swipeToFirstFrameMs: percentilesOf(sketches.swipeMs),
    instantStartRate: ratio(of('instantStarts'), starts),
    videoStartupFailurePercentage: percent(startupFailures, attempts),
    exitsBeforeVideoStart: percent(exits, attempts),
    businessExceptionPercentage: percent(turnedAway, attempts + turnedAway),
    playbackFailurePercentage: percent(failedLater, starts),
    rebufferPercentage: percent(of('stallMs'), of('stallMs') + of('playedMs')),
    rebufferFrequency: ratio(of('stalls'), of('playedMs') / 60_000),
    rebufferCount: ratio(of('stalls'), starts),
    rebufferDurationMs: ratio(of('stallMs'), starts),
    viewsWithRebuffering: percent(of('viewsWithStall'), starts),
    weightedAverageBitrateBps: ratio(of('shownKilobits') * 1_000_000, of('shownMs')),
    renditionUpshiftCount: ratio(of('upshifts'), starts),
    renditionDownshiftCount: ratio(of('downshifts'), starts),
    lowRenditionShare: ratio(of('lowMs'), of('shownMs')),
    droppedFramePercentage: percent(of('droppedFrames'), of('frames')),
    viewerExperienceScore: ratio(of('scoreBasisPoints') / 100, of('scoredViews')),
    unlockToFirstFrameMs: percentilesOf(sketches.unlockMs),
  };
}

/** Where numbers leave the operator's own people, what is of fewer viewers than this is not told. @see security.md ANA-8 */
export function isShareable(uniqueViewers: number): boolean {
  return uniqueViewers >= MIN_VIEWERS_SHARED;
}

const NO_VALUES = { zeros: 0, buckets: {} };

export function percentilesOf(sketch: Rollup['sketches']['startupMs'] = NO_VALUES): Percentiles {
  return { p50: quantile(sketch, 0.5), p75: quantile(sketch, 0.75), p95: quantile(sketch, 0.95) };
}

/** A sketch is 1 % off to either side, and nobody watches more than all. */
function atMostWhole(percentWatched: Metric): Metric {
  return percentWatched === null ? null : Math.min(100, percentWatched);
}

export function ratio(part: number, whole: number): Metric {
  return whole === 0 ? null : part / whole;
}

function percent(part: number, whole: number): Metric {
  return whole === 0 ? null : (100 * part) / whole;
}
