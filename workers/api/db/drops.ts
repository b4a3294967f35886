import { and, asc, desc, eq, gte, inArray, lt, lte, sql, type SQL } from 'drizzle-orm';
import type { Missing } from '#core/catalog/preflight.ts';
import { accessPolicies, drops, episodes, seasons, series } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import type { Told } from '../webhooks/outbox.ts';

export type DropRecord = typeof drops.$inferSelect;

export async function insertDrop(db: Db, row: DropRecord): Promise<void> {
  await db.insert(drops).values(row);
}

export async function findDrop(db: Db, id: string): Promise<DropRecord | undefined> {
  return db.select().from(drops).where(eq(drops.id, id)).get();
}

/** The drop that this very request has made before, and was not answered or answered with an error of ours. */
export async function findDropOf(db: Db, requestSha256: string, sinceMs: number): Promise<DropRecord | undefined> {
  return db
    .select()
    .from(drops)
    .where(and(eq(drops.requestSha256, requestSha256), gte(drops.createdAt, sinceMs)))
    .get();
}

/** Newest first. */
export async function listDrops(db: Db, beforeId: string | null, limit: number): Promise<DropRecord[]> {
  return db
    .select()
    .from(drops)
    .where(beforeId === null ? undefined : lt(drops.id, beforeId))
    .orderBy(desc(drops.id))
    .limit(limit);
}

export async function listDueDrops(db: Db, nowMs: number, limit: number): Promise<DropRecord[]> {
  return db
    .select()
    .from(drops)
    .where(and(eq(drops.state, 'scheduled'), lte(drops.at, nowMs)))
    .orderBy(asc(drops.at), asc(drops.id))
    .limit(limit);
}

/** Ends a drop that nobody has begun; false when somebody has. */
export async function endScheduledDrop(
  db: Db,
  id: string,
  end: { state: 'cancelled' | 'failed'; failure: readonly Missing[] | null; finishedAt: number },
): Promise<boolean> {
  const rows = await db
    .update(drops)
    .set(end)
    .where(and(eq(drops.id, id), eq(drops.state, 'scheduled')))
    .returning({ id: drops.id });
  return rows.length === 1;
}

/**
 * The compare-and-swap: one batch, which D1 runs as one transaction. The first statement takes the drop, only while it is
 * scheduled and each of its episodes plays; the others hold only for the `run` that took it. So two crons at once change
 * nothing twice, and whatever dies in between, viewers see all of the drop or none.
 */
export async function executeDrop(
  db: Db,
  id: string,
  run: string,
  { nowMs, told = [] }: { readonly nowMs: number; readonly told?: readonly Told[] },
): Promise<boolean> {
  const listed = sql`(SELECT value FROM drops AS d, json_each(d.episodes) WHERE d.id = ${id})`;
  const playable = sql`(SELECT COUNT(*) FROM assets a WHERE a.current_version IS NOT NULL AND a.episode_id IN ${listed})`;
  const [taken] = await db.batch([
    db
      .update(drops)
      .set({ state: 'done', run, finishedAt: nowMs })
      .where(
        and(eq(drops.id, id), eq(drops.state, 'scheduled'), sql`${playable} = json_array_length(${drops.episodes})`),
      )
      .returning({ id: drops.id }),
    ...told.flatMap(({ statements }) => statements),
    db
      .update(episodes)
      .set({
        publishedAt: sql`COALESCE(${episodes.publishedAt}, ${nowMs})`,
        // An episode with a later release of its own would stay behind: half a drop.
        releaseAt: sql`MIN(${episodes.releaseAt}, ${nowMs})`,
        updatedAt: nowMs,
        version: sql`${episodes.version} + 1`,
      })
      .where(and(sql`${episodes.id} IN ${listed}`, isRunBy(id, run))),
    db
      .insert(accessPolicies)
      .select(
        sql`SELECT value ->> 'scope', value ->> 'id', value ->> 'policy', 1, ${nowMs}
          FROM drops AS d, json_each(d.policies) WHERE d.id = ${id} AND d.run = ${run}`,
      )
      .onConflictDoUpdate({
        target: [accessPolicies.scope, accessPolicies.scopeId],
        set: { policy: sql`excluded.policy`, version: sql`${accessPolicies.version} + 1`, updatedAt: nowMs },
      }),
  ]);
  return taken.length === 1;
}

/** True from the moment that this execution, and no other, took the drop. */
export function isRunBy(id: string, run: string): SQL {
  return sql`EXISTS (SELECT 1 FROM drops WHERE id = ${id} AND run = ${run})`;
}

/** Of the ids, those of series or seasons that are there. */
export async function findGroupIds(db: Db, scope: 'series' | 'season', ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const table = scope === 'series' ? series : seasons;
  const rows = await db
    .select({ id: table.id })
    .from(table)
    .where(inArray(table.id, [...ids]));
  return new Set(rows.map(({ id }) => id));
}
