import type { ResumePoint } from '#shared/viewer/rpc.ts';

/** Series that a viewer is somewhere in; past them the one left longest ago is forgotten. 100 bytes each. */
const MAX_RESUME_POINTS = 500;

/** The last write by the player's clock wins: a phone that was offline does not take back what the TV said since. */
export function storeResume(sql: SqlStorage, point: ResumePoint & { readonly seriesId: string }): ResumePoint {
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
  sql.exec(
    'DELETE FROM resume_points WHERE series_id IN (SELECT series_id FROM resume_points ORDER BY at DESC LIMIT -1 OFFSET ?)',
    MAX_RESUME_POINTS,
  );
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
