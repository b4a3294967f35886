/** What `…/funnel` answers: episode after episode, who goes on, who stops, who pays. */
import { metricsOf, type Metric, type Metrics } from '../metrics.ts';
import type { RollupGroup } from '../rollup-query.ts';
import { seriesMetricsOf, type EpisodeStep, type SeriesMetrics, type Takings } from '../series-metrics.ts';
import { sharedCount } from './sharing.ts';

export interface EpisodeOfSeries {
  readonly id: string;
  readonly number: number;
  readonly title: string;
}

export interface FunnelStep extends Omit<EpisodeStep, 'stopped' | 'paywalls' | 'unlocks'> {
  readonly episodeId: string;
  readonly number: number;
  readonly title: string;
  /** null where fewer than may be told of. */
  readonly stopped: number | null;
  readonly paywalls: number | null;
  readonly unlocks: number | null;
  readonly metrics: Metrics;
}

export interface FunnelAnswer extends Omit<SeriesMetrics, 'episodes'> {
  readonly metrics: Metrics;
  readonly episodes: readonly FunnelStep[];
}

export interface FunnelParts {
  readonly whole: Pick<RollupGroup, 'rollup' | 'uniqueViewers'>;
  readonly byEpisode: readonly RollupGroup[];
  /** In the order that the positions of the rollup count in. */
  readonly episodes: readonly EpisodeOfSeries[];
  /** null where the ledger cannot tell: it knows no part of the audience. */
  readonly takings: Takings | null;
  readonly isShared: boolean;
}

export function funnelAnswer({ whole, byEpisode, episodes, takings, isShared }: FunnelParts): FunnelAnswer {
  const { episodes: steps, ...series } = seriesMetricsOf(whole.rollup, takings);
  const groups = new Map(byEpisode.map((group) => [group.episodeId, group] as const));
  const metricsOfEpisode = (id: string): Metrics => {
    const group = groups.get(id);
    return metricsOf(group?.rollup ?? NOTHING, group === undefined ? 0 : group.uniqueViewers);
  };
  const told = episodes.map(({ id, number, title }, position) => ({
    episodeId: id,
    number,
    title,
    ...(steps[position] ?? NO_STEP),
    metrics: metricsOfEpisode(id),
  }));
  return {
    ...series,
    metrics: metricsOf(whole.rollup, whole.uniqueViewers),
    episodes: isShared ? told.filter(({ started }) => sharedCount(started) !== null).map(asSharedStep) : told,
  };
}

function asSharedStep<Step extends EpisodeStep>(step: Step) {
  const { stopped, paywalls, unlocks } = step;
  const counts = { stopped: sharedCount(stopped), paywalls: sharedCount(paywalls), unlocks: sharedCount(unlocks) };
  return { ...step, ...counts };
}

const NOTHING = { counts: {}, curves: {}, sketches: {} };
const NO_STEP: EpisodeStep = {
  started: 0,
  nextEpisodeRate: null,
  survival: 0,
  atRisk: 0,
  stopped: 0,
  paywalls: 0,
  unlocks: 0,
  paywallLift: null satisfies Metric,
};
