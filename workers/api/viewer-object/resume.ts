import type { Merged, ResumePoint } from '#shared/viewer/rpc.ts';
import { merged } from './merge-state.ts';

/** Series that a viewer is somewhere in; past them the one left longest ago is forgotten. 100 bytes each. */
const MAX_RESUME_POINTS = 500;

export interface SeriesResumePoint extends ResumePoint {
  readonly seriesId: string;
}

/** The last write by the player's clock wins: a phone that was offline does not take back what the TV said since. */
export function storeResume(sql: SqlStorage, point: SeriesResumePoint): ResumePoint | Merged {
  const gone = merged(sql);
  if (gone) return gone;
  const { seriesId, episodeId, positionSeconds, atMs } = point;
  sql.exec(
    `INSERT INTO resume_points (series_id, episode_id, position_seconds, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (series_id) DO UPDATE SET
       episode_id = excluded.episode_id, position_seconds = excluded.position_seconds, at = excluded.at
     WHERE excluded.at >= resume_points.at`,
    seriesId,
    episodeId,
    positionSeconds,
    atMs,
  );
  forgetOldest(sql);
  return loadResume(sql, seriesId) ?? { episodeId, positionSeconds, atMs };
}

export function loadResume(sql: SqlStorage, seriesId: string): ResumePoint | null {
  const [row] = sql
    .exec<{ episode_id: string; position_seconds: number; at: number }>(
      'SELECT episode_id, position_seconds, at FROM resume_points WHERE series_id = ?',
      seriesId,
    )
    .toArray();
  return row === undefined ? null : { episodeId: row.episode_id, positionSeconds: row.position_seconds, atMs: row.at };
}

export function listResume(sql: SqlStorage): SeriesResumePoint[] {
  return sql
    .exec<{ seriesId: string; episodeId: string; positionSeconds: number; atMs: number }>(
      'SELECT series_id AS seriesId, episode_id AS episodeId, position_seconds AS positionSeconds, at AS atMs FROM resume_points',
    )
    .toArray();
}

/** Of a guest: only where this viewer is nowhere in the series. */
export function takeInResume(sql: SqlStorage, points: readonly SeriesResumePoint[]): void {
  for (const { seriesId, episodeId, positionSeconds, atMs } of points) {
    sql.exec(
      'INSERT INTO resume_points (series_id, episode_id, position_seconds, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      seriesId,
      episodeId,
      positionSeconds,
      atMs,
    );
  }
  forgetOldest(sql);
}

function forgetOldest(sql: SqlStorage): void {
  sql.exec(
    'DELETE FROM resume_points WHERE series_id IN (SELECT series_id FROM resume_points ORDER BY at DESC LIMIT -1 OFFSET ?)',
    MAX_RESUME_POINTS,
  );
}
