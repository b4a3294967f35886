import type { AccessPolicy, PolicyLevels } from '#core/entitlement/policy.ts';
import { readBinding } from '../binding-call.ts';
import { policyFromStored } from '../policy-wire.ts';

/**
 * What a playback decision needs of the catalogue, in one round trip to D1.
 *
 * Prepared SQL and no ORM: this is the path of every start, and drizzle would be half of the playback Worker's size
 * budget (docs/decisions/003-sql-on-the-hot-path.md).
 */
export interface PlayableEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly seriesSlug: string;
  readonly seasonId: string | null;
  readonly number: number;
  readonly title: string;
  readonly policyLevels: PolicyLevels;
  readonly assetId: string;
  readonly version: string;
  readonly durationSeconds: number;
  readonly segmentDurationsSeconds: readonly number[];
  /** `heights[i]` is that of Rendition `v{i}`. */
  readonly heights: readonly number[];
}

export interface SeriesRow {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly episodeCount: number;
}

interface EpisodeRow {
  id: string;
  series_id: string;
  series_slug: string;
  season_id: string | null;
  number: number;
  title: string;
  asset_id: string;
  version: string;
  duration_seconds: number;
  segment_durations_seconds: string;
  heights: string;
  series_policy: string | null;
  season_policy: string | null;
  episode_policy: string | null;
}

/** Published, released and with a version: nothing else exists for a viewer. */
export const VISIBLE =
  'e.published_at IS NOT NULL AND a.current_version IS NOT NULL AND (e.release_at IS NULL OR e.release_at <= ?1)';

const SELECT_EPISODE = `
SELECT e.id, e.series_id, (SELECT slug FROM series WHERE id = e.series_id) AS series_slug, e.season_id, e.number, e.title, a.id AS asset_id, v.version, v.duration_seconds, v.segment_durations_seconds,
  (SELECT json_group_array(height) FROM (SELECT height FROM renditions r WHERE r.version = v.version ORDER BY r.position)) AS heights,
  (SELECT policy FROM access_policies WHERE scope = 'series' AND scope_id = e.series_id) AS series_policy,
  (SELECT policy FROM access_policies WHERE scope = 'season' AND scope_id = e.season_id) AS season_policy,
  (SELECT policy FROM access_policies WHERE scope = 'episode' AND scope_id = e.id) AS episode_policy
FROM episodes e JOIN assets a ON a.episode_id = e.id JOIN asset_versions v ON v.version = a.current_version
WHERE ${VISIBLE}`;

export async function findPlayableEpisode(
  db: D1Database,
  episodeId: string,
  nowMs: number,
): Promise<PlayableEpisode | null> {
  const row = await readBinding('catalogue', () =>
    db.prepare(`${SELECT_EPISODE} AND e.id = ?2`).bind(nowMs, episodeId).first<EpisodeRow>(),
  );
  return row ? toEpisode(row) : null;
}

/** Episodes of a series in order from number `fromNumber` on. */
export async function listPlayableEpisodes(
  db: D1Database,
  request: { seriesId: string; fromNumber: number; limit: number; nowMs: number },
): Promise<PlayableEpisode[]> {
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare(`${SELECT_EPISODE} AND e.series_id = ?2 AND e.number >= ?3 ORDER BY e.number LIMIT ?4`)
      .bind(request.nowMs, request.seriesId, request.fromNumber, request.limit)
      .all<EpisodeRow>(),
  );
  return results.map(toEpisode);
}

/** By id or by slug. */
export async function findSeries(db: D1Database, series: string, nowMs: number): Promise<SeriesRow | null> {
  const row = await readBinding('catalogue', () =>
    db
      .prepare(
        `SELECT s.id, s.slug, s.title, (SELECT COUNT(*) FROM episodes e JOIN assets a ON a.episode_id = e.id WHERE e.series_id = s.id AND ${VISIBLE}) AS episode_count
       FROM series s WHERE s.id = ?2 OR s.slug = ?2`,
      )
      .bind(nowMs, series)
      .first<{ id: string; slug: string; title: string; episode_count: number }>(),
  );
  return row ? { id: row.id, slug: row.slug, title: row.title, episodeCount: row.episode_count } : null;
}

export async function findEpisodeNumber(
  db: D1Database,
  episodeId: string,
): Promise<{ seriesId: string; number: number } | null> {
  const row = await readBinding('catalogue', () =>
    db
      .prepare('SELECT series_id, number FROM episodes WHERE id = ?')
      .bind(episodeId)
      .first<{ series_id: string; number: number }>(),
  );
  return row ? { seriesId: row.series_id, number: row.number } : null;
}

function toEpisode(row: EpisodeRow): PlayableEpisode {
  return {
    id: row.id,
    seriesId: row.series_id,
    seriesSlug: row.series_slug,
    seasonId: row.season_id,
    number: row.number,
    title: row.title,
    policyLevels: {
      series: parsePolicy(row.series_policy),
      season: parsePolicy(row.season_policy),
      episode: parsePolicy(row.episode_policy),
    },
    assetId: row.asset_id,
    version: row.version,
    durationSeconds: row.duration_seconds,
    segmentDurationsSeconds: JSON.parse(row.segment_durations_seconds),
    heights: JSON.parse(row.heights),
  };
}

export function parsePolicy(json: string | null): AccessPolicy | null {
  return json === null ? null : policyFromStored(JSON.parse(json));
}
