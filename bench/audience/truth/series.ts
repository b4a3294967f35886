/** The numbers of a series, from its sessions, by docs/metrics.md. */
import { OFFER_METHODS, type OfferMethod } from '../../../core/qoe/details.ts';
import type { Metric } from '../../../core/qoe/metrics.ts';
import type { EpisodeStep, SeriesMetrics } from '../../../core/qoe/series-metrics.ts';
import type { SimSeries } from '../library.ts';
import { hasStarted, type Facts } from './facts.ts';
import { percentiles } from './metrics.ts';

interface Visit {
  readonly views: readonly Facts[];
  readonly started: ReadonlySet<number>;
  readonly unlocked: ReadonlySet<number>;
  readonly stopped: ReadonlySet<number>;
}

export function seriesTruth(views: readonly Facts[], series: SimSeries): SeriesMetrics {
  const counted = views.filter(({ became }) => became !== 'flagged');
  const visits = [...Map.groupBy(counted, ({ sessionId }) => sessionId).values()].map(visitOf);
  const hasNext = (position: number): boolean => series.episodes[position]?.hasNext ?? false;
  const pairs = visits.flatMap(({ started }) =>
    [...started].filter(hasNext).map((position) => ({ wentOn: started.has(position + 1) })),
  );
  const depths = visits.map(({ started }) => started.size).filter((depth) => depth > 0);
  const atPaywall = counted.filter(({ paywall }) => paywall);
  const taken = (method?: OfferMethod): number =>
    atPaywall.filter(({ took }) => took !== null && (method === undefined || took === method)).length;
  return {
    sessions: visits.length,
    nextEpisodeRate: share(pairs.filter(({ wentOn }) => wentOn).length, pairs.length),
    cliffhangerHold: holdOf(visits, hasNext),
    bingeDepth: share(sum(depths), depths.length),
    bingeDepthPercentiles: percentiles(depths),
    paywallConversion: share(taken(), atPaywall.length),
    paywallConversionByMethod: Object.fromEntries(
      OFFER_METHODS.map((method) => [method, share(taken(method), atPaywall.length)]),
    ) as SeriesMetrics['paywallConversionByMethod'],
    coinsPerViewer: null,
    preloadWaste: wasteOf(views),
    episodes: stepsOf(visits, series),
  };
}

function visitOf(views: Facts[]): Visit {
  const positionsOf = (some: readonly Facts[]) => new Set(some.map(({ episode }) => episode.position));
  return {
    views: views.toSorted((a, b) => (a.place?.index ?? 0) - (b.place?.index ?? 0)),
    started: positionsOf(views.filter(hasStarted)),
    unlocked: positionsOf(views.filter(({ took }) => took !== null)),
    stopped: positionsOf(views.filter(({ paywall }) => paywall)),
  };
}

function holdOf(visits: readonly Visit[], hasNext: (position: number) => boolean): Metric {
  let [ends, held] = [0, 0];
  for (const { views } of visits)
    for (const { place, episode } of views.filter(hasStarted)) {
      const endedMs = place?.endedMs ?? null;
      if (endedMs === null || !hasNext(episode.position)) continue;
      ends++;
      const wentOn = views.some((next) => {
        if (next.place === null || next.episode.position !== episode.position + 1 || !hasStarted(next)) return false;
        const afterMs = next.place.intentMs - endedMs;
        return afterMs >= 0 && afterMs <= 10_000 && next.watchedHundredths >= 300;
      });
      if (wentOn) held++;
    }
  return share(held, ends);
}

export interface Bytes {
  readonly fetched: number;
  readonly unwatched: number;
  readonly ahead: number;
}

/** What was fetched ahead and never viewed is the figure of each visit's last view. */
export function bytesTruth(views: readonly Facts[]): Bytes {
  const counted = views.filter(({ became }) => became !== 'flagged');
  const visits = [...Map.groupBy(counted, ({ sessionId }) => sessionId).values()].map(visitOf);
  return {
    fetched: sum(counted.map(({ counters }) => counters?.fetched ?? 0)),
    unwatched: sum(counted.map(({ counters }) => counters?.unwatched ?? 0)),
    ahead: sum(visits.map((visit) => visit.views.at(-1)?.counters?.ahead ?? 0)),
  };
}

function wasteOf(views: readonly Facts[]): Metric {
  const { fetched, unwatched, ahead } = bytesTruth(views);
  return share(unwatched + ahead, fetched + ahead);
}

function stepsOf(visits: readonly Visit[], { episodes }: SimSeries): EpisodeStep[] {
  let survival = 1;
  const reached = visits.filter(({ started }) => started.size > 0);
  const furthestOf = ({ started }: Visit): number => Math.max(...started);
  return episodes.map(({ position, hasNext }) => {
    const number = (of: (visit: Visit) => boolean): number => visits.filter(of).length;
    const started = number((visit) => visit.started.has(position));
    const unlocked = visits.filter((visit) => visit.unlocked.has(position));
    const atRisk = reached.filter(
      (visit) => Math.min(...visit.started) <= position && furthestOf(visit) >= position,
    ).length;
    const stopped = hasNext ? reached.filter((visit) => furthestOf(visit) === position).length : 0;
    const step = {
      started,
      nextEpisodeRate: hasNext ? goOnRate(visits, [position], ({ started: all }, at) => all.has(at)) : null,
      survival,
      atRisk,
      stopped,
      paywalls: number((visit) => visit.stopped.has(position)),
      unlocks: unlocked.length,
      paywallLift: liftOf(visits, episodes, position),
    };
    if (atRisk > 0) survival *= 1 - stopped / atRisk;
    return step;
  });
}

/** Of who did this at one of these episodes, the share that started the next. */
function goOnRate(
  visits: readonly Visit[],
  positions: readonly number[],
  did: (visit: Visit, position: number) => boolean,
): Metric {
  const all = positions.flatMap((position) =>
    visits.filter((visit) => did(visit, position)).map((visit) => ({ visit, position })),
  );
  return share(all.filter(({ visit, position }) => visit.started.has(position + 1)).length, all.length);
}

function liftOf(visits: readonly Visit[], episodes: SimSeries['episodes'], position: number): Metric {
  if (episodes[position]?.hasNext !== true) return null;
  const before = episodes
    .slice(0, position)
    .filter(({ hasPaywall }) => !hasPaywall)
    .slice(-3);
  const free = goOnRate(
    visits,
    before.map((each) => each.position),
    ({ started }, at) => started.has(at),
  );
  const paid = goOnRate(visits, [position], ({ unlocked }, at) => unlocked.has(at));
  return free === null || free === 0 || paid === null ? null : paid / free;
}

function share(part: number, whole: number): Metric {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
