import { resolvePolicy, type AccessPolicy } from '#core/entitlement/policy.ts';
import { readBinding } from '../binding-call.ts';
import { parsePolicy } from './playback-catalog.ts';

/** One episode as a decision over its whole series needs it, and nothing of its media. */
export interface SeriesEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly seriesSlug: string;
  readonly seasonId: string | null;
  readonly number: number;
  readonly title: string;
  /** null = since it was published. */
  readonly releaseAtMs: number | null;
  readonly policy: AccessPolicy;
}

export interface SeriesEpisodes {
  readonly id: string;
  readonly slug: string;
  /** Published and playable, in order of their numbers; some may have their release still ahead. */
  readonly episodes: readonly SeriesEpisode[];
}

interface Row {
  series_id: string;
  slug: string;
  series_policy: string | null;
  id: string | null;
  season_id: string | null;
  number: number;
  title: string;
  release_at: number | null;
  season_policy: string | null;
  episode_policy: string | null;
}

/** A series without episodes is one row without an episode. */
const SELECT_EPISODES = `
SELECT s.id AS series_id, s.slug, e.id, e.season_id, e.number, e.title, e.release_at,
  (SELECT policy FROM access_policies WHERE scope = 'series' AND scope_id = s.id) AS series_policy,
  (SELECT policy FROM access_policies WHERE scope = 'season' AND scope_id = e.season_id) AS season_policy,
  (SELECT policy FROM access_policies WHERE scope = 'episode' AND scope_id = e.id) AS episode_policy
FROM series s LEFT JOIN episodes e ON e.series_id = s.id AND e.published_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM assets a WHERE a.episode_id = e.id AND a.current_version IS NOT NULL)
WHERE s.id = ?1 OR s.slug = ?1 ORDER BY e.number`;

/** By id or by slug: all its episodes, of which there are MAX_SERIES_EPISODES at most. */
export async function loadSeriesEpisodes(db: D1Database, name: string): Promise<SeriesEpisodes | null> {
  const { results } = await readBinding('catalogue', () => db.prepare(SELECT_EPISODES).bind(name).all<Row>());
  const [first] = results;
  if (first === undefined) return null;
  const { series_id: seriesId, slug } = first;
  const series = parsePolicy(first.series_policy);
  const episodes = results.flatMap((row): SeriesEpisode[] => {
    if (row.id === null) return [];
    const policy = resolvePolicy({
      series,
      season: parsePolicy(row.season_policy),
      episode: parsePolicy(row.episode_policy),
    });
    return [
      {
        id: row.id,
        seriesId,
        seriesSlug: slug,
        seasonId: row.season_id,
        number: row.number,
        title: row.title,
        releaseAtMs: row.release_at,
        policy,
      },
    ];
  });
  return { id: seriesId, slug, episodes };
}

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
