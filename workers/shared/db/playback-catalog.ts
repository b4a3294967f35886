import type { AccessPolicy, PolicyLevels } from '#core/entitlement/policy.ts';
import type { ContentKeyScheme, StoredContentKey } from '#core/token/content-key.ts';
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
  readonly localised: LocalisedTitles;
  readonly policyLevels: PolicyLevels;
  readonly assetId: string;
  readonly version: string;
  /** Of the Multivariant Playlist. */
  readonly revision: number;
  readonly durationSeconds: number;
  readonly segmentDurationsSeconds: readonly number[];
  /** `heights[i]` is that of Rendition `v{i}`. */
  readonly heights: readonly number[];
  /** Sealed; null when the version is in the clear. */
  readonly contentKey: StoredContentKey | null;
  readonly presentation: PlayablePresentation;
  /** Base64, a byte a second: of the episode, or of its series; null while there are too few views. */
  readonly survival: string | null;
}

/** What a feed shows or plans with before anything plays; of core/ingest/presentation.ts, what the edge asks for. */
export interface PlayablePresentation {
  /** base64 */
  readonly thumbhash: string | null;
  /** `startBytes[i]`: init and first segment of `v{i}`; null where nobody counted. */
  readonly startBytes: readonly number[] | null;
  /** `storyboard.jpg` and `storyboard.vtt` lie beside the poster. */
  readonly hasStoryboard: boolean;
}

/** A title in other languages, and the one that it is in itself (null = not said). */
export interface LocalisedTitles {
  readonly titles: Readonly<Record<string, string>>;
  readonly defaultLanguage: string | null;
}

export interface SeriesRow {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly episodeCount: number;
  readonly localised: LocalisedTitles;
  readonly hasGraph: boolean;
}

/** The graph as D1 gives it: two JSON lists, so that whoever has read the same before need not read it again. */
export interface StoredGraph {
  /** `[id, number, opensAtMs | null]` */
  readonly episodes: string;
  /** GraphEdge, in order. */
  readonly edges: string;
}

interface EpisodeRow {
  id: string;
  series_id: string;
  series_slug: string;
  season_id: string | null;
  number: number;
  title: string;
  titles: string;
  default_language: string | null;
  asset_id: string;
  version: string;
  revision: number;
  duration_seconds: number;
  segment_durations_seconds: string;
  heights: string;
  key_scheme: ContentKeyScheme | null;
  key_sealed: string | null;
  thumbhash: string | null;
  start_bytes: string | null;
  has_storyboard: number;
  survival: string | null;
  series_policy: string | null;
  season_policy: string | null;
  episode_policy: string | null;
}

/** Published, released and with a version: nothing else exists for a viewer. */
export const VISIBLE =
  'e.published_at IS NOT NULL AND a.current_version IS NOT NULL AND (e.release_at IS NULL OR e.release_at <= ?1)';

function titlesOf(scope: 'series' | 'episode', id: string): string {
  return `(SELECT json_group_object(language, title) FROM localisations WHERE scope = '${scope}' AND scope_id = ${id}) AS titles`;
}

const SELECT_EPISODE = `
SELECT e.id, e.series_id, s.slug AS series_slug, s.default_language, e.season_id, e.number, e.title, ${titlesOf('episode', 'e.id')}, a.id AS asset_id, v.version, v.revision, v.duration_seconds, v.segment_durations_seconds,
  (SELECT json_group_array(height) FROM (SELECT height FROM renditions r WHERE r.version = v.version ORDER BY r.position)) AS heights,
  k.scheme AS key_scheme, k.sealed AS key_sealed,
  v.presentation ->> 'thumbhash' AS thumbhash, v.presentation ->> 'startBytes' AS start_bytes, v.presentation -> '$.images.storyboard' IS NOT NULL AS has_storyboard,
  COALESCE((SELECT curve FROM survival_curves WHERE scope_id = e.id), (SELECT curve FROM survival_curves WHERE scope_id = e.series_id)) AS survival,
  (SELECT policy FROM access_policies WHERE scope = 'series' AND scope_id = e.series_id) AS series_policy,
  (SELECT policy FROM access_policies WHERE scope = 'season' AND scope_id = e.season_id) AS season_policy,
  (SELECT policy FROM access_policies WHERE scope = 'episode' AND scope_id = e.id) AS episode_policy
FROM episodes e JOIN series s ON s.id = e.series_id JOIN assets a ON a.episode_id = e.id JOIN asset_versions v ON v.version = a.current_version LEFT JOIN content_keys k ON k.version = v.version AND k.signalling IS NULL
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

/** Was it published once and is not now? Asked only of an episode that cannot be played. */
export async function isWithdrawn(db: D1Database, episodeId: string): Promise<boolean> {
  const query = 'SELECT 1 FROM episodes WHERE id = ? AND published_at IS NULL AND withdrawn_at IS NOT NULL';
  return (await readBinding('catalogue', () => db.prepare(query).bind(episodeId).first())) !== null;
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

/** Those of the ids that viewers may see, in no order. */
export async function findPlayableEpisodes(
  db: D1Database,
  episodeIds: readonly string[],
  nowMs: number,
): Promise<PlayableEpisode[]> {
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare(`${SELECT_EPISODE} AND e.id IN (SELECT value FROM json_each(?2))`)
      .bind(nowMs, JSON.stringify(episodeIds))
      .all<EpisodeRow>(),
  );
  return results.map(toEpisode);
}

/** null for a series without edges: there the numbers are the graph. */
export async function findSeriesGraph(db: D1Database, seriesId: string): Promise<StoredGraph | null> {
  return readBinding('catalogue', () =>
    db
      .prepare(
        `SELECT (SELECT json_group_array(json_array(e.id, e.number, CASE WHEN e.published_at IS NOT NULL AND a.current_version IS NOT NULL THEN COALESCE(e.release_at, 0) END))
           FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id WHERE e.series_id = ?1) AS episodes,
         json_group_array(json_object('from', from_id, 'to', to_id, 'kind', kind, 'when', json(condition), 'choice', choice, 'autoplay', json(iif(autoplay, 'true', 'false')))) AS edges
         FROM (SELECT * FROM edges WHERE series_id = ?1 ORDER BY position) HAVING COUNT(*) > 0`,
      )
      .bind(seriesId)
      .first<StoredGraph>(),
  );
}

/** By id or by slug. */
export async function findSeries(db: D1Database, series: string, nowMs: number): Promise<SeriesRow | null> {
  interface Row {
    id: string;
    slug: string;
    title: string;
    titles: string;
    default_language: string | null;
    episode_count: number;
    has_graph: number;
  }
  const row = await readBinding('catalogue', () =>
    db
      .prepare(
        `SELECT s.id, s.slug, s.title, s.default_language, ${titlesOf('series', 's.id')}, (SELECT COUNT(*) FROM episodes e JOIN assets a ON a.episode_id = e.id WHERE e.series_id = s.id AND ${VISIBLE}) AS episode_count,
         EXISTS (SELECT 1 FROM edges WHERE series_id = s.id) AS has_graph
       FROM series s WHERE s.id = ?2 OR s.slug = ?2`,
      )
      .bind(nowMs, series)
      .first<Row>(),
  );
  if (!row) return null;
  const { id, slug, title, episode_count: episodeCount } = row;
  return { id, slug, title, episodeCount, localised: localisedOf(row), hasGraph: row.has_graph === 1 };
}

function localisedOf(row: { titles: string; default_language: string | null }): LocalisedTitles {
  return { titles: JSON.parse(row.titles), defaultLanguage: row.default_language };
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
    localised: localisedOf(row),
    policyLevels: {
      series: parsePolicy(row.series_policy),
      season: parsePolicy(row.season_policy),
      episode: parsePolicy(row.episode_policy),
    },
    assetId: row.asset_id,
    version: row.version,
    revision: row.revision,
    durationSeconds: row.duration_seconds,
    segmentDurationsSeconds: JSON.parse(row.segment_durations_seconds),
    heights: JSON.parse(row.heights),
    contentKey:
      row.key_scheme === null || row.key_sealed === null ? null : { scheme: row.key_scheme, sealed: row.key_sealed },
    presentation: {
      thumbhash: row.thumbhash,
      startBytes: row.start_bytes === null ? null : JSON.parse(row.start_bytes),
      hasStoryboard: row.has_storyboard === 1,
    },
    survival: row.survival,
  };
}

export function parsePolicy(json: string | null): AccessPolicy | null {
  return json === null ? null : policyFromStored(JSON.parse(json));
}
