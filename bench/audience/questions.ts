/** Everything that is published, as it is asked for over HTTP, and what the answer has to be. */
import type { Metrics } from '../../core/qoe/metrics.ts';
import type { SimEpisode, SimSeries } from './library.ts';
import { dropoffsTruth } from './truth/dropoffs.ts';
import { hasStarted, type Facts } from './truth/facts.ts';
import { metricsTruth } from './truth/metrics.ts';
import { retentionTruth } from './truth/retention.ts';
import { segmentsTruth, type ValueOf, VALUES } from './truth/segments.ts';
import { bytesTruth, seriesTruth } from './truth/series.ts';

export interface Question {
  /** For the table: what kind of number it is. */
  readonly about: string;
  readonly path: string;
  readonly truth: unknown;
  /** The part of the answer that is compared. */
  readonly told: (answer: Answer) => unknown;
}

/** JSON of no particular shape. */
export type Answer = { readonly [name: string]: unknown };

const DIMENSIONS = Object.entries(VALUES);
/** As the query names them. */
const QUERY_NAMES: Readonly<Record<string, string>> = { deviceType: 'device', connectionType: 'connection' };
const queryName = (dimension: string): string => QUERY_NAMES[dimension] ?? dimension;
const BY = DIMENSIONS.map(([dimension]) => queryName(dimension)).join(',');

export function questionsOf(library: readonly SimSeries[], facts: readonly Facts[], withOverview: boolean): Question[] {
  return library.flatMap((series) => {
    const views = facts.filter(({ episode }) => episode.seriesId === series.id);
    const at = `/v1/analytics/series/${series.id}`;
    return [
      ...qualityQuestions('series', at, views),
      { about: 'funnel', path: `${at}/funnel`, truth: funnelTruth(views, series), told: withoutDrafts(series) },
      { about: 'by hour, added up', path: `${at}/timeseries?grain=hour`, truth: hoursTruth(views), told: sumOfHours },
      { about: 'cost', path: `/v1/analytics/cost?series=${series.id}`, truth: costTruth(views, series), told: whole },
      ...(withOverview ? overviewQuestions(series, views) : []),
      ...series.episodes.flatMap((episode) => episodeQuestions(episode, views)),
    ];
  });
}

const whole = (answer: Answer): unknown => answer;

function episodeQuestions(episode: SimEpisode, ofSeries: readonly Facts[]): Question[] {
  const views = ofSeries.filter((view) => view.episode === episode);
  const at = `/v1/analytics/episodes/${episode.id}`;
  const dropoffs = dropoffsTruth(views, episode.durationSeconds);
  return [
    ...qualityQuestions('episodes', at, views),
    { about: 'retention', path: `${at}/retention`, truth: retentionAnswer(views, episode), told: whole },
    { about: 'drop-offs', path: `${at}/dropoffs`, truth: dropoffs.map(asDropoff), told: ({ items }) => items },
  ];
}

function qualityQuestions(of: string, at: string, views: readonly Facts[]): Question[] {
  const truth = {
    total: metricsTruth(views),
    by: Object.fromEntries(
      DIMENSIONS.map(([dimension, valueOf]) => [queryName(dimension), Object.fromEntries(rowsTruth(views, valueOf))]),
    ),
  };
  const told = ({ total, by }: Answer): unknown => ({ total, by: mapValues(by, byValue) });
  return [
    { about: `quality of ${of}, and by ${DIMENSIONS.length} dimensions`, path: `${at}/qoe?by=${BY}`, truth, told },
  ];
}

/** Of who was flagged and nothing else there is no row. */
function rowsTruth(views: readonly Facts[], valueOf: ValueOf): [string, Metrics][] {
  const rows = [...segmentsTruth(views, valueOf)].map(([value, some]): [string, Metrics] => [
    value,
    metricsTruth(some),
  ]);
  return rows.filter(([, metrics]) => metrics.views > 0);
}

type Segment = { readonly value: string; readonly metrics: unknown };
const byValue = (segments: unknown): unknown =>
  Object.fromEntries((segments as Segment[]).map(({ value, metrics }) => [value, metrics]));

function mapValues(members: unknown, map: (value: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries((members ?? {}) as object).map(([name, value]) => [name, map(value)]));
}

function retentionAnswer(views: readonly Facts[], episode: SimEpisode): unknown {
  const { bySecond, byPercent, survival, openingLoss } = retentionTruth(views, episode);
  const all = metricsTruth(views);
  return {
    episodeId: episode.id,
    durationSeconds: episode.durationSeconds,
    views: all.views,
    starts: all.starts,
    uniqueViewers: all.uniqueViewers,
    completionRate: all.completionRate,
    averagePercentWatched: all.averagePercentWatched,
    medianPercentWatched: all.medianPercentWatched,
    openingLoss,
    curve: bySecond.map((point, atSeconds) => ({ atSeconds, ...point })),
    byPercent: byPercent.map((point, percent) => ({ percent, ...point })),
    survival: survival.map((point, atSeconds) => ({ atSeconds, ...point })),
    stalls: stallsTruth(views, episode),
  };
}

/** Only the seconds that something stalled in. */
function stallsTruth(views: readonly Facts[], { durationSeconds }: SimEpisode): unknown[] {
  const last = Math.ceil(durationSeconds) - 1;
  const points = Array.from({ length: last + 1 }, (_, atSeconds) => ({ atSeconds, stalls: 0, stallMs: 0 }));
  for (const { at, durationMs } of views.filter(hasStarted).flatMap(({ stalls }) => stalls)) {
    const point = points[Math.min(last, Math.floor(at / 100))] as (typeof points)[number];
    point.stalls++;
    point.stallMs += durationMs;
  }
  return points.filter(({ stalls }) => stalls > 0);
}

function asDropoff({ counts, ...dropoff }: ReturnType<typeof dropoffsTruth>[number]): unknown {
  const group = (exposed: { atRisk: number; left: number }) => ({
    ...exposed,
    otherAtRisk: counts.clear.atRisk,
    otherLeft: counts.clear.left,
  });
  return { ...dropoff, stall: group(counts.stall), low: group(counts.low) };
}

function funnelTruth(views: readonly Facts[], series: SimSeries): unknown {
  const { episodes, coinsPerViewer: _, ...metrics } = seriesTruth(views, series);
  return {
    ...metrics,
    episodes: episodes.map((step, position) => ({
      episodeId: series.episodes[position]?.id,
      ...step,
      metrics: metricsTruth(views.filter(({ episode }) => episode.position === position)),
    })),
  };
}

/** The answer has episodes that are not out as well. */
function withoutDrafts({ episodes }: SimSeries): Question['told'] {
  const ids = new Set(episodes.map(({ id }) => id));
  return (answer) => ({
    ...answer,
    episodes: (answer['episodes'] as { readonly episodeId: string }[]).filter(({ episodeId }) => ids.has(episodeId)),
  });
}

const ADDED_UP = ['views', 'starts', 'flaggedViews', 'flicks', 'playingTimeMs'] as const;

function hoursTruth(views: readonly Facts[]): unknown {
  const metrics = metricsTruth(views);
  return Object.fromEntries(ADDED_UP.map((name) => [name, metrics[name]]));
}

function sumOfHours({ items }: Answer): unknown {
  const hours = items as { readonly metrics: Metrics }[];
  return Object.fromEntries(ADDED_UP.map((name) => [name, hours.reduce((sum, { metrics }) => sum + metrics[name], 0)]));
}

function costTruth(views: readonly Facts[], series: SimSeries): unknown {
  const { views: all, starts } = metricsTruth(views);
  const { preloadWaste } = seriesTruth(views, series);
  return { views: all, starts, bytes: bytesTruth(views), preloadWaste };
}

/** Of many series at once, from D1. Asked for one, as a platform that the bench does not own may have others. */
function overviewQuestions(series: SimSeries, views: readonly Facts[]): Question[] {
  const ofSeries = { [series.id]: overviewTruth(views) };
  const seen = series.episodes.map(
    (episode) => [episode.id, views.filter((view) => view.episode === episode)] as const,
  );
  const ofEpisodes = Object.fromEntries(
    seen.filter(([, some]) => some.length > 0).map(([id, some]) => [id, overviewTruth(some)]),
  );
  const about = 'overview of all series';
  const at = `/v1/analytics/overview?series=${series.id}&limit=100`;
  return [
    { about, path: `${at}&by=series`, truth: ofSeries, told: ({ items }) => byId(items, 'seriesId') },
    { about, path: `${at}&by=episode`, truth: ofEpisodes, told: ({ items }) => byId(items, 'episodeId') },
  ];
}

function byId(items: unknown, name: string): unknown {
  return Object.fromEntries((items as Answer[]).map((item) => [item[name], item]));
}

function overviewTruth(views: readonly Facts[]): unknown {
  const all = metricsTruth(views);
  const atPaywall = views.filter(({ became, paywall }) => became !== 'flagged' && paywall);
  const took = atPaywall.filter((view) => view.took !== null).length;
  return {
    ...Object.fromEntries(OVERVIEW.map((name) => [name, all[name]])),
    paywallConversion: atPaywall.length === 0 ? null : took / atPaywall.length,
  };
}

const OVERVIEW = [
  'views',
  'starts',
  'playingTimeMs',
  'completionRate',
  'averagePercentWatched',
  'videoStartupFailurePercentage',
  'exitsBeforeVideoStart',
  'playbackFailurePercentage',
  'rebufferPercentage',
  'viewsWithRebuffering',
  'weightedAverageBitrateBps',
  'viewerExperienceScore',
] as const satisfies readonly (keyof Metrics)[];
