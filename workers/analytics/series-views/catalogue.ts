/** The episodes of one series, as far as its views need them. */
import type { ViewContext } from '#core/qoe/contribution.ts';
import { CATALOGUE_FRESH_MS } from '../limits.ts';
import { readMeta, writeMeta } from './meta.ts';

export interface EpisodeContext extends ViewContext {
  readonly episodeId: string;
  /** Its place among all episodes of the series by number, from 0; those that are not out have theirs as well. */
  readonly position: number;
  /** The one in the next place is out. */
  readonly hasNext: boolean;
}

export type SeriesCatalogue = ReadonlyMap<string, EpisodeContext>;

const SELECT = `
SELECT e.id AS episodeId, v.duration_seconds AS durationSeconds,
  e.published_at IS NOT NULL AND a.current_version IS NOT NULL AND COALESCE(e.release_at, 0) <= ?2 AS isOut,
  (SELECT MAX(height) FROM renditions r WHERE r.version = v.version) AS tallestPx
FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id LEFT JOIN asset_versions v ON v.version = a.current_version
WHERE e.series_id = ?1 ORDER BY e.number`;

interface Row {
  readonly episodeId: string;
  readonly durationSeconds: number | null;
  readonly isOut: number;
  readonly tallestPx: number | null;
}

export async function readCatalogue(db: D1Database, seriesId: string, nowMs: number): Promise<EpisodeContext[]> {
  const { results } = await db.prepare(SELECT).bind(seriesId, nowMs).all<Row>();
  return results.map(({ episodeId, durationSeconds, tallestPx }, position) => ({
    episodeId,
    durationSeconds,
    position,
    hasNext: results[position + 1]?.isOut === 1,
    lowBelowPx: tallestPx === null ? null : tallestPx / 2,
  }));
}

/** Read from D1 at most once a minute and kept in the object: while D1 is away, what was known last is good enough. */
export class Catalogue {
  readonly #sql: SqlStorage;
  readonly #db: D1Database;
  #episodes: SeriesCatalogue;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage, db: D1Database) {
    this.#sql = sql;
    this.#db = db;
    this.#episodes = byId(JSON.parse(readMeta(sql, 'catalogue') ?? '[]') as EpisodeContext[]);
  }

  /** Throws only where D1 is away and one of these is not known from earlier. */
  async of(seriesId: string, episodeIds: ReadonlySet<string>, nowMs: number): Promise<SeriesCatalogue> {
    const isKnown = [...episodeIds].every((id) => this.#episodes.has(id));
    if (isKnown && nowMs - this.#readAtMs < CATALOGUE_FRESH_MS) return this.#episodes;
    try {
      const episodes = await readCatalogue(this.#db, seriesId, nowMs);
      this.#readAtMs = nowMs;
      this.#episodes = byId(episodes);
      writeMeta(this.#sql, 'catalogue', JSON.stringify(episodes));
    } catch (thrown) {
      if (!isKnown) throw thrown;
    }
    return this.#episodes;
  }
}

function byId(episodes: readonly EpisodeContext[]): SeriesCatalogue {
  return new Map(episodes.map((episode) => [episode.episodeId, episode]));
}
