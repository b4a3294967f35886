import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import { decideSeries } from '#core/entitlement/decide-series.ts';
import type { SeriesEpisodes } from '#shared/db/series-episodes.ts';
import { decisionToWire } from '#shared/playback/decide-episode.ts';
import { accessFor, type Asker } from '#shared/playback/series-access.ts';

export interface SeriesAccessWire {
  readonly series: { readonly id: string; readonly slug: string };
  readonly items: readonly {
    readonly episode: { readonly id: string; readonly number: number; readonly title: string };
    readonly decision: DecisionWire;
  }[];
}

/** What one viewer may play of a whole series: one call of the viewer's object, whatever the series' length. */
export async function accessOfSeries(
  viewers: DurableObjectNamespace,
  series: SeriesEpisodes,
  asker: Asker,
): Promise<SeriesAccessWire> {
  const access = await accessFor(viewers, series.episodes, asker);
  const decisions = decideSeries(access);
  const items = access.episodes.flatMap(({ episode: { id, number, title } }, index) => {
    const decision = decisions[index];
    return decision === undefined ? [] : [{ episode: { id, number, title }, decision: decisionToWire(decision) }];
  });
  return { series: { id: series.id, slug: series.slug }, items };
}
