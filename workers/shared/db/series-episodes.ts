import type { PolicyLevels } from '#core/entitlement/policy.ts';
import { readBinding } from '../binding-call.ts';
import { parsePolicy, VISIBLE } from './playback-catalog.ts';

/** An episode as a decision sees it, and nothing of its media: a bundle weighs a whole series at once. */
export interface SeriesEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly seriesSlug: string;
  readonly seasonId: string | null;
  readonly number: number;
  readonly policyLevels: PolicyLevels;
}

/** Ten times the longest series there is; what lies beyond is in no bundle. */
const MAX_SERIES_EPISODES = 1_500;

/** Those that viewers can see, in order of their numbers. */
export async function listSeriesEpisodes(db: D1Database, seriesId: string, nowMs: number): Promise<SeriesEpisode[]> {
  const { results } = await readBinding('catalogue', () =>
    db.prepare(SELECT_EPISODES).bind(nowMs, seriesId, MAX_SERIES_EPISODES).all<Row>(),
  );
  return results.map((row) => ({
    id: row.id,
    seriesId,
    seriesSlug: row.series_slug,
    seasonId: row.season_id,
    number: row.number,
    policyLevels: {
      series: parsePolicy(row.series_policy),
      season: parsePolicy(row.season_policy),
      episode: parsePolicy(row.episode_policy),
    },
  }));
}

interface Row {
  id: string;
  series_slug: string;
  season_id: string | null;
  number: number;
  series_policy: string | null;
  season_policy: string | null;
  episode_policy: string | null;
}

const SELECT_EPISODES = `
SELECT e.id, s.slug AS series_slug, e.season_id, e.number,
  (SELECT policy FROM access_policies WHERE scope = 'series' AND scope_id = e.series_id) AS series_policy,
  (SELECT policy FROM access_policies WHERE scope = 'season' AND scope_id = e.season_id) AS season_policy,
  (SELECT policy FROM access_policies WHERE scope = 'episode' AND scope_id = e.id) AS episode_policy
FROM episodes e JOIN series s ON s.id = e.series_id JOIN assets a ON a.episode_id = e.id
WHERE ${VISIBLE} AND e.series_id = ?2 ORDER BY e.number LIMIT ?3`;

/** The series that these episodes belong to; null when none of them is left. */
export async function findSeriesOf(db: D1Database, episodeIds: readonly string[]): Promise<string | null> {
  const row = await readBinding('catalogue', () =>
    db
      .prepare('SELECT series_id FROM episodes WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1')
      .bind(JSON.stringify(episodeIds))
      .first<{ series_id: string }>(),
  );
  return row?.series_id ?? null;
}
