import type { FreeUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';

/** Free unlocks that guests brought along. */
export function findBrought(
  sql: SqlStorage,
  episodeId: string,
  method: FreeUnlockRecord['method'],
): FreeUnlockRecord | null {
  const [row] = sql
    .exec<{ id: string; created_at: number }>(
      'SELECT id, created_at FROM brought_unlocks WHERE episode_id = ? AND method = ?',
      episodeId,
      method,
    )
    .toArray();
  return row === undefined ? null : { id: row.id, episodeId, method, createdAtMs: row.created_at };
}

export function insertBrought(sql: SqlStorage, { id, episodeId, method, createdAtMs }: FreeUnlockRecord): void {
  sql.exec(
    'INSERT INTO brought_unlocks (id, episode_id, method, created_at) VALUES (?, ?, ?, ?)',
    id,
    episodeId,
    method,
    createdAtMs,
  );
}
