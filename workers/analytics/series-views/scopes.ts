/** The episodes that a table has rows of. A step of the index for each, where `SELECT DISTINCT` would read every row. */
export function listScopes(sql: SqlStorage, table: 'rollups' | 'segments'): string[] {
  return listFirst(sql, `SELECT MIN(scope) AS next FROM ${table} WHERE scope > ?`);
}

export function listEpisodesOfViews(sql: SqlStorage): string[] {
  return listFirst(sql, 'SELECT MIN(episode_id) AS next FROM views WHERE episode_id > ?');
}

function listFirst(sql: SqlStorage, selectNext: string): string[] {
  const found: string[] = [];
  for (;;) {
    const { next } = sql.exec<{ next: string | null }>(selectNext, found.at(-1) ?? '').one();
    if (next === null) return found;
    found.push(next);
  }
}
