/** Survival curves of a series and its episodes, for players to preload by: docs/decisions/037-start-up-bundle.md. */
import { MIN_VIEWS_OF_EPISODE, MIN_VIEWS_OF_SERIES, SURVIVAL_SECONDS } from '#core/qoe/limits.ts';
import { countViews, exitsOf, leavingShares, survivalBytes } from '#core/qoe/survival.ts';
import { toBase64 } from '#shared/encoding.ts';
import { SURVIVAL_DAYS } from '../limits.ts';
import type { SeriesCatalogue } from './catalogue.ts';
import { query } from './query.ts';
import { dayOf, DAY_MS } from './time.ts';

const UPSERT = `INSERT INTO survival_curves (scope_id, series_id, curve, views, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM series WHERE id = ?2)
ON CONFLICT (scope_id) DO UPDATE SET curve = excluded.curve, views = excluded.views, updated_at = excluded.updated_at`;

/** Of the last weeks' views. With few of them an episode's is drawn towards that of its series. */
export async function publishSurvival(
  { db, seriesId }: { readonly db: D1Database; readonly seriesId: string },
  sql: SqlStorage,
  catalogue: SeriesCatalogue,
  nowMs: number,
): Promise<void> {
  const range = { fromMs: dayOf(nowMs) - SURVIVAL_DAYS * DAY_MS, toMs: dayOf(nowMs) + DAY_MS };
  const groups = query(sql, {
    ...range,
    episodeId: null,
    by: [{ kind: 'episode' }],
    segment: null,
    parts: ['curves'],
    viewers: false,
  });
  const episodes = groups.flatMap(({ episodeId, rollup }) => {
    const durationSeconds = catalogue.get(episodeId ?? '')?.durationSeconds ?? null;
    return episodeId === null || durationSeconds === null
      ? []
      : [{ id: episodeId, durationSeconds, exits: exitsOf(rollup) }];
  });
  const all = episodes.flatMap(({ exits }) => exits);
  const prior = leavingShares(all, null);
  const curves = episodes
    .filter(({ exits }) => countViews(exits) >= MIN_VIEWS_OF_EPISODE)
    .map(({ id, durationSeconds, exits }) => ({
      id,
      views: countViews(exits),
      curve: toBase64(survivalBytes(leavingShares(exits, prior), durationSeconds)),
    }));
  const hasSeries = countViews(all) >= MIN_VIEWS_OF_SERIES;
  const ofSeries = hasSeries ? toBase64(survivalBytes(prior, SURVIVAL_SECONDS)) : null;
  const upsert = db.prepare(UPSERT);
  await db.batch([
    db
      .prepare('DELETE FROM survival_curves WHERE series_id = ? AND scope_id NOT IN (SELECT value FROM json_each(?))')
      .bind(seriesId, JSON.stringify([seriesId, ...curves.map(({ id }) => id)])),
    ...curves.map(({ id, curve, views }) => upsert.bind(id, seriesId, curve, views, nowMs)),
    upsert.bind(seriesId, seriesId, ofSeries, countViews(all), nowMs),
  ]);
}
