import { resolvePolicy, type AccessPolicy } from '#core/entitlement/policy.ts';
import { readBinding } from '../binding-call.ts';
import { parsePolicy } from './playback-catalog.ts';

/** One episode as a decision over its whole series needs it; `releaseAtMs` null = since it was published. */
export interface SeriesEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly seasonId: string | null;
  readonly number: number;
  readonly title: string;
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
  id: string;
  season_id: string | null;
  number: number;
  title: string;
  release_at: number | null;
  season_policy: string | null;
  episode_policy: string | null;
}

const SELECT_EPISODES = `
SELECT e.id, e.season_id, e.number, e.title, e.release_at,
  (SELECT policy FROM access_policies WHERE scope = 'season' AND scope_id = e.season_id) AS season_policy,
  (SELECT policy FROM access_policies WHERE scope = 'episode' AND scope_id = e.id) AS episode_policy
FROM episodes e JOIN assets a ON a.episode_id = e.id
WHERE e.series_id = ? AND e.published_at IS NOT NULL AND a.current_version IS NOT NULL
ORDER BY e.number LIMIT ?`;

const SELECT_SERIES = `
SELECT s.id, s.slug, (SELECT policy FROM access_policies WHERE scope = 'series' AND scope_id = s.id) AS policy
FROM series s WHERE s.id = ?1 OR s.slug = ?1`;

/** By id or by slug: the series' first `limit` episodes. */
export async function loadSeriesEpisodes(db: D1Database, name: string, limit: number): Promise<SeriesEpisodes | null> {
  const series = await readBinding('catalogue', () =>
    db.prepare(SELECT_SERIES).bind(name).first<{ id: string; slug: string; policy: string | null }>(),
  );
  if (series === null) return null;
  const { results } = await readBinding('catalogue', () =>
    db.prepare(SELECT_EPISODES).bind(series.id, limit).all<Row>(),
  );
  const seriesPolicy = parsePolicy(series.policy);
  const episodes = results.map((row) => ({
    id: row.id,
    seriesId: series.id,
    seasonId: row.season_id,
    number: row.number,
    title: row.title,
    releaseAtMs: row.release_at,
    policy: resolvePolicy({
      series: seriesPolicy,
      season: parsePolicy(row.season_policy),
      episode: parsePolicy(row.episode_policy),
    }),
  }));
  return { id: series.id, slug: series.slug, episodes };
}
