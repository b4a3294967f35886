import { sql, type SQL } from 'drizzle-orm';
import { erasedViewers } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { MAX_FORGOTTEN_PER_SWEEP } from '../limits.ts';

/**
 * Said within the statement that writes a viewer down: of an erasure and a write at once, either the write comes first
 * and the erasure takes it away, or it finds this.
 */
export function isNotErased(viewerHash: string): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM erased_viewers WHERE viewer_hash = ${viewerHash})`;
}

/** The same of what comes as `json_each(…) AS told`, each with its `viewerHash`; null is of nobody. */
export const TOLD_IS_NOT_ERASED =
  "NOT EXISTS (SELECT 1 FROM erased_viewers WHERE viewer_hash = told.value ->> 'viewerHash')";

/** Comes before everything else that is done to the viewer's rows. */
export const REMEMBER_ERASED = `INSERT INTO erased_viewers (viewer_hash, until) VALUES (?1, ?2)
  ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`;

export async function forgetErased(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT viewer_hash FROM erased_viewers WHERE until <= ${nowMs} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(erasedViewers).where(sql`viewer_hash IN (${old})`);
}
