/** What the catalogue knows of what numbers are asked for. */
import type { EpisodeOfSeries } from '#core/qoe/answers/funnel.ts';
import { readBinding } from '#shared/binding-call.ts';
import { ProblemError } from '#shared/http/problem.ts';

export interface EpisodeAsked {
  readonly id: string;
  readonly seriesId: string;
  /** 0 where nothing plays yet. */
  readonly durationSeconds: number;
}

export async function requireEpisode(db: D1Database, id: string): Promise<EpisodeAsked> {
  const row = await readBinding('catalogue', () =>
    db
      .prepare(
        `SELECT e.series_id AS seriesId, v.duration_seconds AS durationSeconds FROM episodes e
         LEFT JOIN assets a ON a.episode_id = e.id LEFT JOIN asset_versions v ON v.version = a.current_version WHERE e.id = ?`,
      )
      .bind(id)
      .first<{ seriesId: string; durationSeconds: number | null }>(),
  );
  if (row === null) throw new ProblemError({ code: 'episode-not-found' });
  return { id, seriesId: row.seriesId, durationSeconds: row.durationSeconds ?? 0 };
}

export interface SeriesAsked {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
}

/** By id or by slug. */
export async function requireSeries(db: D1Database, name: string): Promise<SeriesAsked> {
  const row = await readBinding('catalogue', () =>
    db.prepare('SELECT id, slug, title FROM series WHERE id = ?1 OR slug = ?1').bind(name).first<SeriesAsked>(),
  );
  if (row === null) throw new ProblemError({ code: 'series-not-found' });
  return row;
}

/** In the order of the series, which is what positions in its rollups count. */
export async function episodesOfSeries(db: D1Database, seriesId: string): Promise<EpisodeOfSeries[]> {
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare('SELECT id, number, title FROM episodes WHERE series_id = ? ORDER BY number')
      .bind(seriesId)
      .all<EpisodeOfSeries>(),
  );
  return results;
}
