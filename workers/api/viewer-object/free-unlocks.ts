import type { FreeUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';
import { findAdUnlock } from './ads.ts';
import { merged } from './merge-state.ts';
import { findWaited } from './waits.ts';

/** null for a guest who was merged: what it had is another's now. */
export function findFreeUnlock(sql: SqlStorage, episodeId: string, nowMs: number): FreeUnlockRecord | null {
  if (merged(sql) !== null) return null;
  return findAdUnlock(sql, episodeId) ?? findWaited(sql, episodeId, nowMs);
}

/** All of them, each episode once. */
export function listFreeUnlocks(sql: SqlStorage, nowMs: number): FreeUnlockRecord[] {
  const rows = sql
    .exec<{ episode_id: string }>(
      `SELECT episode_id FROM ad_unlocks UNION SELECT episode_id FROM brought_unlocks
       UNION SELECT episode_id FROM waits WHERE ready_at <= ? AND given_up_at IS NULL`,
      nowMs,
    )
    .toArray();
  return rows.flatMap((row) => findFreeUnlock(sql, row.episode_id, nowMs) ?? []);
}

/** Of many episodes in one query: this is asked for each playlist and feed. An ad goes before a wait, as above. */
export function freeMethods(
  sql: SqlStorage,
  episodeIds: readonly string[],
  nowMs: number,
): ReadonlyMap<string, FreeUnlockRecord['method']> {
  if (merged(sql) !== null) return new Map();
  const rows = sql.exec<{ episode_id: string; method: FreeUnlockRecord['method'] }>(
    `WITH asked AS (SELECT value AS episode_id FROM json_each(?))
     SELECT episode_id, method FROM asked JOIN brought_unlocks USING (episode_id)
     UNION ALL SELECT episode_id, 'wait' AS method FROM asked JOIN waits USING (episode_id) WHERE ready_at <= ? AND given_up_at IS NULL
     UNION ALL SELECT episode_id, 'ad' AS method FROM asked JOIN ad_unlocks USING (episode_id)`,
    JSON.stringify(episodeIds),
    nowMs,
  );
  return new Map(rows.toArray().map(({ episode_id, method }) => [episode_id, method]));
}
