import { decideSeries, type SeriesAccessRequest } from '#core/entitlement/decide-series.ts';
import type { Decision } from '#core/entitlement/decide.ts';
import { coinOffer } from '#core/entitlement/offers.ts';
import { resolvePolicy, type PolicyLevels } from '#core/entitlement/policy.ts';
import { assertedGrants, checkEpisode, narrowPolicy } from '#core/entitlement/token-restrictions.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { listSeriesEpisodes } from '../db/series-episodes.ts';
import { log, reasonOf } from '../log.ts';
import { loadViewerState, viewerObject, withGrants } from './decide-episode.ts';

export interface SeriesPlace {
  readonly env: { readonly DB: D1Database; readonly VIEWERS: DurableObjectNamespace };
  readonly viewerId: string;
  /** null when the viewer's backend asks. */
  readonly claims: ViewerClaims | null;
  readonly country: string | null;
  readonly nowMs: number;
}

/** A whole series as one viewer sees it, ready to be decided: one read of D1, one question to the viewer's object. */
export async function loadSeriesAccess(place: SeriesPlace, seriesId: string): Promise<SeriesAccessRequest> {
  const { env, viewerId, claims, country, nowMs } = place;
  const listed = await listSeriesEpisodes(env.DB, seriesId, nowMs);
  const visible = listed.filter((episode) => claims === null || checkEpisode(claims, episode).ok);
  const ids = visible.map(({ id }) => id);
  const state = await loadViewerState(viewerObject(env.VIEWERS, viewerId), ids, nowMs);
  return {
    episodes: visible.map((episode) => ({ episode, policy: policyFor(episode.policyLevels, claims) })),
    viewer: claims === null ? state : withGrants(state, assertedGrants(claims)),
    country,
    nowSeconds: Math.floor(nowMs / 1_000),
  };
}

function policyFor(levels: PolicyLevels, claims: ViewerClaims | null) {
  const policy = resolvePolicy(levels);
  return claims === null ? policy : narrowPolicy(policy, claims);
}

interface DecidedEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly policyLevels: PolicyLevels;
}

/**
 * Adds the bundles to what is offered for locked episodes, where the policy has any: only then is the series read. The
 * offers are an extra: where they cannot be read, the answer goes without them.
 */
export async function withBundleOffers<D extends { readonly access: string; readonly basis: string }>(
  place: SeriesPlace,
  episodes: readonly DecidedEpisode[],
  decisions: readonly (D | Decision)[],
): Promise<(D | Decision)[]> {
  const isSold = decisions.map((decision, index) => sellsBundles(decision, episodes[index]));
  const first = episodes[isSold.indexOf(true)];
  if (first === undefined) return [...decisions];
  try {
    const series = await loadSeriesAccess(place, first.seriesId);
    const decided = decideSeries(series);
    const byId = new Map(series.episodes.map(({ episode }, index) => [episode.id, decided[index]]));
    return decisions.map((decision, index) => {
      const whole = byId.get(episodes[index]?.id ?? '');
      // Bought a moment ago: what was decided stands, and the next answer knows.
      if (isSold[index] !== true || whole === undefined || whole.access === 'full') return decision;
      return { ...decision, offers: whole.offers };
    });
  } catch (thrown) {
    log('error', 'bundles_unavailable', { reason: reasonOf(thrown) });
    return [...decisions];
  }
}

function sellsBundles(decision: object, episode: DecidedEpisode | undefined): boolean {
  if (episode === undefined || !('offers' in decision) || !Array.isArray(decision.offers)) return false;
  if (coinOffer(decision.offers) === undefined) return false;
  return (resolvePolicy(episode.policyLevels).bundles?.length ?? 0) > 0;
}
