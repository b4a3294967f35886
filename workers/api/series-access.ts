import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import { decideSeries } from '#core/entitlement/decide-series.ts';
import { assertedGrants, checkEpisode, narrowPolicy } from '#core/entitlement/token-restrictions.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import type { SeriesEpisodes } from '#shared/db/series-episodes.ts';
import { decisionToWire, loadViewerState, viewerObject, withGrants } from '#shared/playback/decide-episode.ts';

export interface SeriesAccessWire {
  readonly series: { readonly id: string; readonly slug: string };
  readonly items: readonly {
    readonly episode: { readonly id: string; readonly number: number; readonly title: string };
    readonly decision: DecisionWire;
  }[];
}

interface Asker {
  readonly viewerId: string;
  /** Of the viewer who asks with a token; null when the backend asks. */
  readonly claims: ViewerClaims | null;
  readonly country: string | null;
  readonly nowMs: number;
}

/** What one viewer may play of a whole series: one call of the viewer's object, whatever the series' length. */
export async function accessOfSeries(
  viewers: DurableObjectNamespace,
  series: SeriesEpisodes,
  { viewerId, claims, country, nowMs }: Asker,
): Promise<SeriesAccessWire> {
  const covered = series.episodes.filter(
    (episode) => claims === null || checkEpisode(claims, { ...episode, seriesSlug: series.slug }).ok,
  );
  const ids = covered.map(({ id }) => id);
  const state = await loadViewerState(viewerObject(viewers, viewerId), ids, nowMs);
  const viewer = claims === null ? state : withGrants(state, assertedGrants(claims));
  const decisions = decideSeries({
    episodes: covered.map((episode) => ({
      episode,
      policy: claims === null ? episode.policy : narrowPolicy(episode.policy, claims),
    })),
    viewer,
    country,
    nowSeconds: Math.floor(nowMs / 1_000),
  });
  const items = covered.flatMap(({ id, number, title }, index) => {
    const decision = decisions[index];
    return decision === undefined ? [] : [{ episode: { id, number, title }, decision: decisionToWire(decision) }];
  });
  return { series: { id: series.id, slug: series.slug }, items };
}
