import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { alerts } from '#shared/db/alert-schema.ts';
import type { Db } from '../http/context.ts';
import { MAX_ALERTS } from '../limits.ts';
import { nextUpdate } from './next-update.ts';

export type AlertRecord = typeof alerts.$inferSelect;

/** false when there are as many as may be; one statement, so that of two at once the one too many is refused. */
export async function insertAlert(
  db: Db,
  row: Omit<AlertRecord, 'updatedAt' | 'firingSince' | 'firedAt' | 'value' | 'views'>,
): Promise<boolean> {
  const rows = await db.all(sql`
    INSERT INTO alerts (id, name, episode_id, series_id, metric, comparison, threshold, min_views, window_minutes,
      cool_down_minutes, enabled, created_at, updated_at)
    SELECT ${row.id}, ${row.name}, ${row.episodeId}, ${row.seriesId}, ${row.metric}, ${row.comparison}, ${row.threshold},
      ${row.minViews}, ${row.windowMinutes}, ${row.coolDownMinutes}, ${row.enabled ? 1 : 0}, ${row.createdAt}, ${row.createdAt}
    WHERE (SELECT COUNT(*) FROM alerts) < ${MAX_ALERTS} RETURNING id`);
  return rows.length === 1;
}

export async function findAlert(db: Db, id: string): Promise<AlertRecord | undefined> {
  return db.select().from(alerts).where(eq(alerts.id, id)).get();
}

export async function listAlerts(db: Db, afterId: string, limit: number): Promise<AlertRecord[]> {
  return db.select().from(alerts).where(gt(alerts.id, afterId)).orderBy(asc(alerts.id)).limit(limit);
}

/** The row as its reader insists on it: `updated_at` grows with every write, so it is the version. null: as it may be. */
function at(id: string, version: number | null) {
  return and(eq(alerts.id, id), version === null ? undefined : eq(alerts.updatedAt, version));
}

export async function updateAlert(
  db: Db,
  id: string,
  version: number | null,
  { updatedAt, ...change }: Partial<typeof alerts.$inferInsert> & { readonly updatedAt: number },
): Promise<AlertRecord | undefined> {
  const set = { ...change, updatedAt: nextUpdate(alerts.updatedAt, updatedAt) };
  return (await db.update(alerts).set(set).where(at(id, version)).returning())[0];
}

export async function deleteAlert(db: Db, id: string, version: number | null): Promise<boolean> {
  return (await db.delete(alerts).where(at(id, version)).returning({ id: alerts.id })).length === 1;
}
