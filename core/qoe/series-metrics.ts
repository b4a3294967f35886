/** Every published number of a series, from the rollup of its views and sessions. docs/metrics.md has the formulas. */
import { OFFER_METHODS, type OfferMethod } from './details.ts';
import { LIFT_EPISODES } from './limits.ts';
import { percentilesOf, ratio, type Metric, type Percentiles } from './metrics.ts';
import type { Rollup } from './rollup.ts';

export interface SeriesMetrics {
  readonly sessions: number;
  readonly nextEpisodeRate: Metric;
  readonly cliffhangerHold: Metric;
  readonly bingeDepth: Metric;
  readonly bingeDepthPercentiles: Percentiles;
  readonly paywallConversion: Metric;
  readonly paywallConversionByMethod: { readonly [method in OfferMethod]: Metric };
  readonly coinsPerViewer: Metric;
  readonly preloadWaste: Metric;
  readonly episodes: readonly EpisodeStep[];
}

export interface EpisodeStep {
  readonly started: number;
  readonly nextEpisodeRate: Metric;
  /** Of the sessions that came in, who goes at least as far; Kaplan and Meier's, with those who came in later. */
  readonly survival: number;
  readonly atRisk: number;
  readonly stopped: number;
  readonly paywalls: number;
  readonly unlocks: number;
  /** Next-episode rate of who unlocked, over that of the free episodes before: above 1, who pays goes on more. */
  readonly paywallLift: Metric;
}

/** What the ledger and the count of viewers say: neither is the player's to tell. */
export interface Takings {
  readonly coinsSpent: number;
  readonly uniqueViewers: number;
}

export function seriesMetricsOf(rollup: Rollup, takings: Takings | null): SeriesMetrics {
  const { counts, curves, sketches } = rollup;
  const of = (name: keyof typeof counts): number => counts[name] ?? 0;
  const ahead = of('aheadBytes');
  return {
    sessions: of('sessions'),
    nextEpisodeRate: ratio(of('nextStarted'), of('nextCandidates')),
    cliffhangerHold: ratio(of('held'), of('holdCandidates')),
    bingeDepth: ratio(of('starts'), sumOf(curves.sessionsByDepth ?? [])),
    bingeDepthPercentiles: percentilesOf(sketches.bingeDepth),
    paywallConversion: ratio(of('unlocks'), of('paywalls')),
    paywallConversionByMethod: Object.fromEntries(
      OFFER_METHODS.map((method) => [method, ratio(of(`unlocks.${method}`), of('paywalls'))]),
    ) as SeriesMetrics['paywallConversionByMethod'],
    coinsPerViewer: takings === null ? null : ratio(takings.coinsSpent, takings.uniqueViewers),
    preloadWaste: ratio(of('unwatchedBytes') + ahead, of('fetchedBytes') + ahead),
    episodes: stepsOf(rollup),
  };
}

function stepsOf({ curves }: Rollup): EpisodeStep[] {
  const by = (name: keyof typeof curves, position: number): number => curves[name]?.[position] ?? 0;
  const length = Math.max(curves.startedAt?.length ?? 0, curves.paywallAt?.length ?? 0);
  let survival = 1;
  let atRisk = 0;
  return Array.from({ length }, (_, position) => {
    atRisk += by('enteredAt', position);
    const stopped = by('furthestAt', position) - by('finishedAt', position);
    const step = {
      started: by('startedAt', position),
      nextEpisodeRate: ratio(by('wentOnFrom', position), by('nextCandidatesAt', position)),
      survival,
      atRisk,
      stopped,
      paywalls: by('paywallAt', position),
      unlocks: by('unlockedAt', position),
      paywallLift: liftAt(curves, position),
    };
    survival *= 1 - (ratio(stopped, atRisk) ?? 0);
    atRisk -= by('furthestAt', position);
    return step;
  });
}

function liftAt(curves: Rollup['curves'], position: number): Metric {
  const before = Array.from({ length: position }, (_, earlier) => earlier)
    .filter((earlier) => (curves.paywallAt?.[earlier] ?? 0) === 0)
    .slice(-LIFT_EPISODES);
  const total = (curve: readonly number[] = []): number => sumOf(before.map((earlier) => curve[earlier] ?? 0));
  const free = ratio(total(curves.wentOnFrom), total(curves.nextCandidatesAt));
  const paid = ratio(curves.wentOnAfterUnlock?.[position] ?? 0, curves.liftCandidatesAt?.[position] ?? 0);
  return free === null || paid === null || free === 0 ? null : ratio(paid, free);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
