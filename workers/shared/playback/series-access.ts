import { decideSeries, type SeriesAccessRequest } from '#core/entitlement/decide-series.ts';
import type { Decision } from '#core/entitlement/decide.ts';
import { coinOffer } from '#core/entitlement/offers.ts';
import { resolvePolicy, type AccessPolicy, type PolicyLevels } from '#core/entitlement/policy.ts';
import { assertedGrants, checkEpisode, narrowPolicy } from '#core/entitlement/token-restrictions.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { loadSeriesEpisodes, type SeriesEpisode } from '../db/series-episodes.ts';
import { log, reasonOf } from '../log.ts';
import { loadViewerState, viewerObject, withGrants } from './decide-episode.ts';

export interface Asker {
  readonly viewerId: string;
  /** null when the viewer's backend asks. */
  readonly claims: ViewerClaims | null;
  readonly country: string | null;
  readonly nowMs: number;
}

export interface SeriesPlace extends Asker {
  readonly env: { readonly DB: D1Database; readonly VIEWERS: DurableObjectNamespace };
}

/** A whole series as one viewer sees it, ready to be decided. */
export interface SeriesAccess extends SeriesAccessRequest {
  readonly episodes: readonly { readonly episode: SeriesEpisode; readonly policy: AccessPolicy }[];
  /** Of the viewer's object, for a debit that rests on this. */
  readonly grantsVersion: string;
}

/** As the database has it now: a price that is paid is taken from nowhere else. */
export async function loadSeriesAccess(place: SeriesPlace, seriesId: string): Promise<SeriesAccess> {
  const series = await loadSeriesEpisodes(place.env.DB, seriesId);
  return accessFor(place.env.VIEWERS, series?.episodes ?? [], place);
}

/** One question to the viewer's object, whatever the series' length. What is not released yet, or not covered, is not there. */
export async function accessFor(
  viewers: DurableObjectNamespace,
  episodes: readonly SeriesEpisode[],
  { viewerId, claims, country, nowMs }: Asker,
): Promise<SeriesAccess> {
  const visible = episodes.filter(
    (episode) =>
      (episode.releaseAtMs === null || episode.releaseAtMs <= nowMs) &&
      (claims === null || checkEpisode(claims, episode).ok),
  );
  const ids = visible.map(({ id }) => id);
  const state = await loadViewerState(viewerObject(viewers, viewerId), ids, nowMs);
  return {
    episodes: visible.map((episode) => ({
      episode,
      policy: claims === null ? episode.policy : narrowPolicy(episode.policy, claims),
    })),
    viewer: claims === null ? state : withGrants(state, assertedGrants(claims)),
    grantsVersion: state.grantsVersion,
    country,
    nowSeconds: Math.floor(nowMs / 1_000),
  };
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
