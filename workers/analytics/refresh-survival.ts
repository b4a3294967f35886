import { MIN_VIEWS_OF_EPISODE, MIN_VIEWS_OF_SERIES, SURVIVAL_SECONDS } from '#core/qoe/limits.ts';
import { countViews, leavingShares, survivalBytes, type Exits } from '#core/qoe/survival.ts';
import { toBase64 } from '#shared/encoding.ts';
import { SURVIVAL_FRESH_MS, SURVIVAL_SERIES_PER_RUN, SURVIVAL_VIEWS_PER_EPISODE } from './limits.ts';

/** Makes the survival curves of the series whose are the oldest. Playback reads them with the episode. */
export async function refreshSurvival(db: D1Database, nowMs: number): Promise<void> {
  const { results } = await db
    .prepare(
      `SELECT s.id FROM series s LEFT JOIN survival_curves c ON c.scope_id = s.id
       WHERE c.updated_at IS NULL OR c.updated_at <= ?1 ORDER BY c.updated_at LIMIT ?2`,
    )
    .bind(nowMs - SURVIVAL_FRESH_MS, SURVIVAL_SERIES_PER_RUN)
    .all<{ id: string }>();
  for (const { id } of results) await refreshSeries(db, id, nowMs);
}

async function refreshSeries(db: D1Database, seriesId: string, nowMs: number): Promise<void> {
  const episodes = await readEpisodes(db, seriesId);
  const all = episodes.flatMap(({ exits }) => exits);
  const prior = leavingShares(all, null);
  const hasSeries = countViews(all) >= MIN_VIEWS_OF_SERIES;
  const upsert = db.prepare(
    `INSERT INTO survival_curves (scope_id, series_id, curve, views, updated_at)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM series WHERE id = ?2)
     ON CONFLICT (scope_id) DO UPDATE SET curve = excluded.curve, views = excluded.views, updated_at = excluded.updated_at`,
  );
  const curves = episodes.flatMap(({ id, durationSeconds, exits }) => {
    const views = countViews(exits);
    const isEnough = views >= MIN_VIEWS_OF_EPISODE;
    return isEnough
      ? [{ id, views, curve: toBase64(survivalBytes(leavingShares(exits, prior), durationSeconds)) }]
      : [];
  });
  const ofSeries = hasSeries ? toBase64(survivalBytes(prior, SURVIVAL_SECONDS)) : null;
  await db.batch([
    db
      .prepare('DELETE FROM survival_curves WHERE series_id = ? AND scope_id NOT IN (SELECT value FROM json_each(?))')
      .bind(seriesId, JSON.stringify([seriesId, ...curves.map(({ id }) => id)])),
    ...curves.map(({ id, curve, views }) => upsert.bind(id, seriesId, curve, views, nowMs)),
    // The last one says that the series was done.
    upsert.bind(seriesId, seriesId, ofSeries, countViews(all), nowMs),
  ]);
}

interface WatchedEpisode {
  readonly id: string;
  readonly durationSeconds: number;
  readonly exits: readonly Exits[];
}

/** Where views ended: the furthest second that they played. Counted by D1, so that one row stands for all that ended alike. */
const COUNT_EXITS = `
SELECT has_left AS hasLeft, MIN(CAST(reached + iif(has_left, 0, 0.5) AS INTEGER), ${SURVIVAL_SECONDS}) AS second, COUNT(*) AS views FROM (
  SELECT left_by = 'swipe' AND NOT ended AS has_left, COALESCE((SELECT MAX(value ->> 1) FROM json_each(watched)), 0) AS reached
  FROM views WHERE episode_id = ? AND (left_by IS NOT NULL OR watched <> '[]') ORDER BY started_at DESC LIMIT ${SURVIVAL_VIEWS_PER_EPISODE}
) GROUP BY 1, 2`;

async function readEpisodes(db: D1Database, seriesId: string): Promise<WatchedEpisode[]> {
  const { results } = await db
    .prepare(
      `SELECT e.id, v.duration_seconds AS durationSeconds FROM episodes e JOIN assets a ON a.episode_id = e.id
       JOIN asset_versions v ON v.version = a.current_version WHERE e.series_id = ?`,
    )
    .bind(seriesId)
    .all<{ id: string; durationSeconds: number }>();
  if (results.length === 0) return [];
  const count = db.prepare(COUNT_EXITS);
  type Row = { hasLeft: number | null; second: number; views: number };
  const counted = await db.batch<Row>(results.map(({ id }) => count.bind(id)));
  return results.map((episode, index) => ({
    ...episode,
    exits: (counted[index]?.results ?? []).map((row) => ({ ...row, hasLeft: row.hasLeft === 1 })),
  }));
}
