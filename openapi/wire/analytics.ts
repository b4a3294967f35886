/** What the analytics answer; formulas in docs/metrics.md. The Worker builds it by hand (core/qoe/answers/). */
import { z } from 'zod';
import type { BreakdownRow } from '#core/qoe/answers/breakdown.ts';
import type { Difference } from '#core/qoe/answers/comparison.ts';
import type { CostAnswer } from '#core/qoe/answers/cost.ts';
import type { DropoffAnswer } from '#core/qoe/answers/dropoffs.ts';
import type { FunnelAnswer } from '#core/qoe/answers/funnel.ts';
import type { RetentionAnswer } from '#core/qoe/answers/retention.ts';
import { DIMENSION_NAME_LIST, type DimensionName } from '#core/qoe/answers/segment-names.ts';
import type { Interval } from '#core/qoe/mantel-haenszel.ts';
import type { Metrics } from '#core/qoe/metrics.ts';
import { named } from '../names.ts';
import { count, id, seconds, text, time } from './scalars.ts';

const MAX_SECONDS = 4 * 3_600;
const MAX_EPISODES = 500;
const metric = z.number().nullable();
const percentiles = named('Percentiles', z.object({ p50: metric, p75: metric, p95: metric }));

export const metrics = named(
  'Metrics',
  z
    .object({
      views: count,
      starts: count,
      uniqueViewers: count.nullable().describe('null where the views themselves are no longer kept.'),
      flaggedViews: count,
      flicks: count,
      playingTimeMs: count,
      completionRate: metric,
      averagePercentWatched: metric,
      medianPercentWatched: metric,
      videoStartupTimeMs: percentiles,
      swipeToFirstFrameMs: percentiles,
      instantStartRate: metric,
      videoStartupFailurePercentage: metric,
      exitsBeforeVideoStart: metric,
      businessExceptionPercentage: metric,
      playbackFailurePercentage: metric,
      rebufferPercentage: metric,
      rebufferFrequency: metric,
      rebufferCount: metric,
      rebufferDurationMs: metric,
      viewsWithRebuffering: metric,
      weightedAverageBitrateBps: metric,
      renditionUpshiftCount: metric,
      renditionDownshiftCount: metric,
      lowRenditionShare: metric,
      droppedFramePercentage: metric,
      viewerExperienceScore: metric,
      unlockToFirstFrameMs: percentiles,
    })
    .describe('null where there was nothing to divide by: not measured is not zero.'),
) satisfies z.ZodType<Metrics>;

const range = {
  from: time.describe('The range that was used: whole hours, or days, UTC.'),
  to: time,
  isPartial: z.boolean().describe('It began before anything that is kept.'),
};
const part = { ...range, segment: text(100).nullable() };
const isSuppressed = z.boolean().describe('Under `shared=1`: of fewer than 10 viewers, so told as of nobody.');

const difference = named(
  'MetricDifference',
  z.object({
    metric: text(64),
    value: metric,
    against: metric,
    difference: metric,
    low: metric.describe('95 %, by Newcombe’s method; null of what is no share of views or sessions.'),
    high: metric,
    isBeyondChance: z.boolean().nullable().describe('null where nothing can be said, as where a view is in both.'),
  }),
) satisfies z.ZodType<Difference>;
const differences = z.array(difference).max(60);

const coverage = { viewers: count, plays: count, share: z.number().nullable() };
const retentionFields = {
  ...part,
  isSuppressed,
  views: count,
  starts: count,
  uniqueViewers: count.nullable(),
  completionRate: metric,
  averagePercentWatched: metric,
  medianPercentWatched: metric,
  openingLoss: metric.describe('What the survival curve loses in its first 3 s.'),
  curve: z
    .array(named('CoveragePoint', z.object({ atSeconds: count, ...coverage })))
    .max(MAX_SECONDS)
    .describe('Views that played each second; how often it was played.'),
  byPercent: z.array(named('PercentPoint', z.object({ percent: count, ...coverage }))).max(100),
  survival: z
    .array(
      named(
        'SurvivalPoint',
        z.object({ atSeconds: count, atRisk: count, left: count, share: z.number().min(0).max(1) }),
      ),
    )
    .max(MAX_SECONDS)
    .describe('Kaplan and Meier’s: of all, who is still there when the second begins.'),
  stalls: z
    .array(named('StallPoint', z.object({ atSeconds: count, stalls: count, stallMs: count })))
    .max(MAX_SECONDS)
    .describe('Only seconds that something stalled in.'),
};
const comparedRetention = named('RetentionOfPart', z.object(retentionFields)) satisfies z.ZodType<RetentionAnswer>;
export const retention = named(
  'Retention',
  z.object({
    episodeId: id,
    durationSeconds: seconds,
    ...retentionFields,
    comparison: comparedRetention.exactOptional(),
    differences: differences.exactOptional(),
  }),
) satisfies z.ZodType<RetentionAnswer>;

const interval = named('Interval', z.object({ estimate: z.number(), low: z.number(), high: z.number() }));
const twoGroups = named(
  'RiskComparison',
  z.object({
    atRisk: count,
    left: count,
    otherAtRisk: count,
    otherLeft: count,
    difference: interval.nullable(),
    ratio: interval.nullable(),
    leavers: interval.describe('Of those who left, who would have stayed without it.'),
  }),
) satisfies z.ZodType<{ leavers: Interval }>;
export const dropoffs = named(
  'Dropoffs',
  z.object({
    episodeId: id,
    durationSeconds: seconds,
    ...part,
    isSuppressed,
    items: z
      .array(
        named(
          'Dropoff',
          z.object({
            fromSeconds: count,
            toSeconds: count,
            atRisk: count,
            left: count,
            expected: z.number().describe('Who would have left as around it.'),
            verdict: z.enum(['script', 'buffering', 'both', 'neither', 'too-few']),
            bufferingShare: z.number().nullable().describe('Of the leavers that are explained, those by buffering.'),
            words: text(1_000).describe('The verdict as a sentence. Not under `shared=1`.').exactOptional(),
            stall: twoGroups.exactOptional(),
            low: twoGroups.exactOptional(),
            script: twoGroups.exactOptional(),
          }),
        ) satisfies z.ZodType<DropoffAnswer>,
      )
      .max(MAX_SECONDS),
  }),
);

const breakdown = z
  .array(named('MetricsOfValue', z.object({ value: text(64), metrics })) satisfies z.ZodType<BreakdownRow>)
  .max(300)
  .exactOptional();
const qoeFields = {
  ...part,
  isSuppressed,
  total: metrics,
  by: z
    .object(
      Object.fromEntries(DIMENSION_NAME_LIST.map((name) => [name, breakdown])) as Record<
        DimensionName,
        typeof breakdown
      >,
    )
    .describe('The dimensions that were asked for, the worst experience first.'),
};
export const qoe = named(
  'Qoe',
  z.object({
    episodeId: id.exactOptional(),
    seriesId: id.exactOptional(),
    ...qoeFields,
    comparison: named('QoeOfPart', z.object(qoeFields)).exactOptional(),
    differences: differences.exactOptional(),
  }),
);

export const timeseries = named(
  'Timeseries',
  z.object({
    episodeId: id.exactOptional(),
    seriesId: id.exactOptional(),
    ...part,
    grain: z.enum(['hour', 'day']),
    items: z
      .array(named('MetricsAt', z.object({ at: time, metrics })))
      .max(2_500)
      .describe('Hours, or days, in which something was watched.'),
  }),
);

const step = named(
  'FunnelStep',
  z.object({
    episodeId: id,
    number: count,
    title: text(200),
    started: count.describe('Sessions that started it.'),
    nextEpisodeRate: metric,
    survival: z.number().describe('Of the sessions that came in, who goes at least as far.'),
    atRisk: count,
    stopped: count.nullable(),
    paywalls: count.nullable(),
    unlocks: count.nullable(),
    paywallLift: metric,
    metrics,
  }),
);
const funnelFields = {
  ...part,
  isSuppressed,
  sessions: count,
  nextEpisodeRate: metric,
  cliffhangerHold: metric,
  bingeDepth: metric,
  bingeDepthPercentiles: percentiles,
  paywallConversion: metric,
  paywallConversionByMethod: z
    .object({ coins: metric, rental: metric, bundle: metric, ad: metric, wait: metric, pass: metric })
    .describe('As players told it; money is in `takings`.'),
  coinsPerViewer: metric.describe('By the ledger. null of a part of the audience.'),
  preloadWaste: metric,
  metrics,
  takings: z
    .object({
      coinsSpent: count.describe('Less what was given back since.'),
      byMethod: z
        .array(
          named(
            'MethodTakings',
            z.object({
              method: z.enum(['coins', 'rental', 'ad', 'wait']),
              unlocks: count,
              viewers: count,
              coins: count,
              refunded: count,
              refundedCoins: count,
            }),
          ),
        )
        .max(8),
    })
    .nullable()
    .describe('What the ledger says of unlocks in the period; null of a part of the audience.'),
  episodes: z.array(step).max(MAX_EPISODES).describe('In the order of the series.'),
};
const comparedFunnel = named('FunnelOfPart', z.object(funnelFields)) satisfies z.ZodType<FunnelAnswer>;
export const funnel = named(
  'Funnel',
  z.object({
    seriesId: id,
    ...funnelFields,
    comparison: comparedFunnel.exactOptional(),
    differences: differences.exactOptional(),
  }),
) satisfies z.ZodType<FunnelAnswer>;

export const cost = named(
  'DeliveryCost',
  z.object({
    seriesId: id.nullable(),
    ...range,
    views: count,
    starts: count,
    bytes: z
      .object({ fetched: count, unwatched: count, ahead: count.nullable() })
      .describe('As players told them. `ahead`, for episodes never viewed, is known of one series only.'),
    bytesPerStart: metric,
    preloadWaste: metric,
    lines: z
      .array(
        named(
          'CostLine',
          z.object({
            item: z.enum([
              'workerRequests',
              'r2Reads',
              'queueOperations',
              'durableObjectRequests',
              'durableObjectRowsWritten',
            ]),
            count: count.describe('Estimated from what was watched.'),
            dollarsPerMillion: z.number().min(0),
            dollars: z.number().min(0),
          }),
        ),
      )
      .max(10),
    dollars: z.number().min(0),
    dollarsPerThousandViews: metric,
    wastedDollars: z.number().min(0).describe('Of it, for what was fetched and not watched.'),
    pricesAsOf: text(10),
  }),
) satisfies z.ZodType<CostAnswer>;

export const overview = named(
  'Overview',
  z.object({
    by: z.enum(['series', 'episode']),
    ...range,
    items: z
      .array(
        named(
          'OverviewItem',
          z.object({
            seriesId: id,
            episodeId: id.nullable(),
            number: count.nullable(),
            title: text(200),
            views: count,
            starts: count,
            playingTimeMs: count,
            completionRate: metric,
            averagePercentWatched: metric,
            videoStartupFailurePercentage: metric,
            exitsBeforeVideoStart: metric,
            playbackFailurePercentage: metric,
            rebufferPercentage: metric,
            viewsWithRebuffering: metric,
            weightedAverageBitrateBps: metric,
            viewerExperienceScore: metric,
            paywallConversion: metric,
          }),
        ),
      )
      .max(500),
    nextCursor: text(80).nullable(),
  }),
);

export const live = named(
  'LiveViews',
  z.object({
    views: count,
    isComplete: z.boolean().describe('False where more series are being watched than one answer asks.'),
    items: z.array(named('LiveEpisode', z.object({ episodeId: id, views: count }))).max(50_000),
  }),
);

const bps = count.nullable();

export const segmentReports = named(
  'SegmentReports',
  z.object({
    episodeId: id,
    from: time,
    to: time,
    requests: count.describe('Of the sample, that said anything.'),
    starvedRequests: count.describe('That said that the buffer had run dry (`bs`).'),
    starvedShare: z.number().min(0).max(1).nullable(),
    throughputBps: z.object({ p5: bps, p25: bps, p50: bps }).describe('As measured by the players (`mtp`), to 1 %.'),
  }),
);
