import { readBinding } from '#shared/binding-call.ts';

const DAY_MS = 86_400_000;

/** Series whose views have changed since, those that did last first. Their objects write `episode_days` as they fold. */
export async function activeSeries(
  db: D1Database,
  sinceMs: number,
  limit: number,
): Promise<{ readonly seriesIds: readonly string[]; readonly isComplete: boolean }> {
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare(
        // A view counts on the day it began, and may go on past midnight.
        `SELECT series_id AS id FROM episode_days WHERE day >= ?1 AND updated_at >= ?2
         GROUP BY series_id ORDER BY MAX(updated_at) DESC LIMIT ?3`,
      )
      .bind(sinceMs - 2 * DAY_MS, sinceMs, limit + 1)
      .all<{ id: string }>(),
  );
  return { seriesIds: results.slice(0, limit).map(({ id }) => id), isComplete: results.length <= limit };
}

/** Series that came out last: their first viewers are there half a minute before their objects have told D1 of them. */
export async function newestSeries(db: D1Database, limit: number): Promise<readonly string[]> {
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare(
        'SELECT series_id AS id FROM episodes WHERE published_at IS NOT NULL GROUP BY series_id ORDER BY MAX(published_at) DESC LIMIT ?',
      )
      .bind(limit)
      .all<{ id: string }>(),
  );
  return results.map(({ id }) => id);
}
