/** Every number of an episode, of a segment of it, or of all episodes of a series: from its views, by docs/metrics.md. */
import type { Metric, Metrics, Percentiles } from '../../../core/qoe/metrics.ts';
import { hasStarted, isLow, type Became, type Facts } from './facts.ts';

export function metricsTruth(views: readonly Facts[]): Metrics {
  const counted = views.filter(({ became }) => became !== 'flagged');
  const number = (became: Became): number => counted.filter((view) => view.became === became).length;
  const started = counted.filter(hasStarted);
  const starts = started.length;
  const failedStarts = number('startup-failure');
  const exits = number('exit-before-start');
  const turnedAway = number('business-exception');
  const attempts = starts + failedStarts + exits;
  const total = (of: (view: Facts) => number): number => started.reduce((sum, view) => sum + of(view), 0);
  const playedMs = total((view) => view.playedMs);
  const stalls = total((view) => view.stalls.length);
  const stallMs = total(stallMsOf);
  const share = (part: number, whole: number): Metric => (whole === 0 ? null : part / whole);
  const percent = (part: number, whole: number): Metric => (whole === 0 ? null : (100 * part) / whole);
  const startups = started.filter(({ startupMs }) => startupMs !== null);
  const swipes = startups.filter(({ place }) => place !== null && place.index > 0);
  return {
    views: attempts + turnedAway + number('flick') + number('pending'),
    starts,
    uniqueViewers: new Set(counted.map(({ viewer }) => viewer)).size,
    flaggedViews: views.length - counted.length,
    flicks: number('flick'),
    playingTimeMs: playedMs,
    completionRate: share(started.filter(({ reachedEnd }) => reachedEnd).length, starts),
    averagePercentWatched: share(total(percentHundredths) / 100, starts),
    medianPercentWatched: nearestRank(started.map(percentWatched), 0.5),
    videoStartupTimeMs: percentiles(startups.map(({ startupMs }) => startupMs ?? 0)),
    swipeToFirstFrameMs: percentiles(swipes.map(({ startupMs }) => startupMs ?? 0)),
    instantStartRate: share(startups.filter(({ startupMs }) => (startupMs ?? 0) <= 100).length, starts),
    videoStartupFailurePercentage: percent(failedStarts, attempts),
    exitsBeforeVideoStart: percent(exits, attempts),
    businessExceptionPercentage: percent(turnedAway, attempts + turnedAway),
    playbackFailurePercentage: percent(number('playback-failure'), starts),
    rebufferPercentage: percent(stallMs, stallMs + playedMs),
    rebufferFrequency: share(stalls, playedMs / 60_000),
    rebufferCount: share(stalls, starts),
    rebufferDurationMs: share(stallMs, starts),
    viewsWithRebuffering: percent(started.filter((view) => view.stalls.length > 0).length, starts),
    ...renditionMetrics(started),
    droppedFramePercentage: percent(
      total(({ counters }) => counters?.frames.dropped ?? 0),
      total(({ counters }) => counters?.frames.total ?? 0),
    ),
    viewerExperienceScore: scoreOf(counted),
    unlockToFirstFrameMs: percentiles(counted.flatMap(({ unlockMs }) => unlockMs ?? [])),
  };
}

function stallMsOf({ stalls }: Facts): number {
  return stalls.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** What is played past the end of a container is not more than all of it. */
function percentWatched({ watchedHundredths, episode }: Facts): number {
  return Math.min(100, watchedHundredths / episode.durationSeconds);
}

/** Hundredths of a percent are whole. */
function percentHundredths(view: Facts): number {
  return Math.round(percentWatched(view) * 100);
}

function renditionMetrics(started: readonly Facts[]) {
  const shown = started.flatMap((view) => view.shown);
  const shownHundredths = shown.reduce((sum, { hundredths }) => sum + hundredths, 0);
  const low = shown.filter(isLow).reduce((sum, { hundredths }) => sum + hundredths, 0);
  const kilobits = started.reduce((sum, view) => sum + kilobitsOf(view), 0);
  let [up, down] = [0, 0];
  for (const view of started)
    for (const [index, { bandwidthBps }] of view.shown.slice(1).entries()) {
      const before = view.shown[index]?.bandwidthBps ?? 0;
      if (bandwidthBps > before) up++;
      if (bandwidthBps < before) down++;
    }
  const share = (part: number, whole: number): Metric => (whole === 0 ? null : part / whole);
  return {
    weightedAverageBitrateBps: share(kilobits * 1_000_000, shownHundredths * 10),
    renditionUpshiftCount: share(up, started.length),
    renditionDownshiftCount: share(down, started.length),
    lowRenditionShare: share(low, shownHundredths),
  };
}

/** Whole kilobits for each view. */
function kilobitsOf({ shown }: Facts): number {
  return Math.round(shown.reduce((sum, { bandwidthBps, hundredths }) => sum + bandwidthBps * hundredths, 0) / 100_000);
}

function scoreOf(counted: readonly Facts[]): Metric {
  const scores = counted.flatMap((view) => {
    if (['startup-failure', 'exit-before-start', 'playback-failure'].includes(view.became)) return [0];
    return view.became === 'started' && view.startupMs !== null ? [pointsOf(view, view.startupMs)] : [];
  });
  return scores.length === 0 ? null : scores.reduce((sum, points) => sum + points, 0) / 100 / scores.length;
}

/** Hundredths of a point. */
function pointsOf(view: Facts, startupMs: number): number {
  const stallMs = stallMsOf(view);
  const shown = view.shown.reduce((sum, { hundredths }) => sum + hundredths, 0);
  const low = view.shown.filter(isLow).reduce((sum, { hundredths }) => sum + hundredths, 0);
  const going = stallMs + view.playedMs === 0 ? 1 : 1 - stallMs / (stallMs + view.playedMs);
  const points = ((100 * 8) / (8 + startupMs / 1_000)) * going ** 10 * (shown === 0 ? 1 : 1 - (0.5 * low) / shown);
  return Math.round(points * 100);
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): Metric => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? null;
  return { p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}

function nearestRank(values: readonly number[], share: number): Metric {
  return values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? null;
}
