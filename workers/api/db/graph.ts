import { and, eq, sql } from 'drizzle-orm';
import type { GraphEdge } from '#core/catalog/graph.ts';
import { edges, episodes, series } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { unlessRefused } from './catalog.ts';

export async function listEdges(db: Db, seriesId: string): Promise<GraphEdge[]> {
  const rows = await db.select().from(edges).where(eq(edges.seriesId, seriesId)).orderBy(edges.position);
  return rows.map(({ from, to, kind, when, choice, autoplay }) => ({ from, to, kind, when, choice, autoplay }));
}

/** Of the ids, those that are episodes of whatever series. */
export async function findEpisodeIds(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: episodes.id })
    .from(episodes)
    .where(sql`${episodes.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Replaces the series' edges as a whole, in one transaction. The list travels as one JSON parameter: D1 takes 100 bound
 * values a statement. `refused` when an episode of it was deleted meanwhile, `stale` when the graph is no longer at the
 * version that the caller insists on (null = does not mind).
 */
export async function replaceEdges(
  db: Db,
  seriesId: string,
  list: readonly GraphEdge[],
  version: number | null,
): Promise<'written' | 'stale' | 'refused'> {
  const holds =
    version === null
      ? sql`1`
      : sql`EXISTS (SELECT 1 FROM series WHERE id = ${seriesId} AND graph_version = ${version})`;
  let written: readonly unknown[] = [];
  const isTaken = await unlessRefused('FOREIGN KEY constraint failed', async () => {
    [, , written] = await db.batch([
      db.delete(edges).where(and(eq(edges.seriesId, seriesId), holds)),
      db.insert(edges).select(
        sql`SELECT ${seriesId}, key, value ->> 'from', value ->> 'to', value ->> 'kind', value ->> 'when', value ->> 'choice', value ->> 'autoplay'
          FROM json_each(${JSON.stringify(list)}) WHERE ${holds}`,
      ),
      db
        .update(series)
        .set({ graphVersion: sql`${series.graphVersion} + 1`, version: sql`${series.version} + 1` })
        .where(and(eq(series.id, seriesId), holds))
        .returning({ id: series.id }),
    ]);
  });
  if (!isTaken) return 'refused';
  return written.length === 1 ? 'written' : 'stale';
}

export async function listEpisodeIds(db: Db, seriesId: string): Promise<string[]> {
  const rows = await db.select({ id: episodes.id }).from(episodes).where(eq(episodes.seriesId, seriesId));
  return rows.map(({ id }) => id);
}

/**
 * Gives the series' episodes new numbers. SQLite checks UNIQUE(series, number) at each row, so they first go where no
 * number is: below zero. false when an episode came or went meanwhile: then one has no number, and nothing changes.
 */
export async function renumber(
  db: Db,
  seriesId: string,
  numbers: ReadonlyMap<string, number>,
  nowMs: number,
): Promise<boolean> {
  const list = JSON.stringify(Object.fromEntries(numbers));
  const ofSeries = eq(episodes.seriesId, seriesId);
  return unlessRefused('NOT NULL constraint failed', () =>
    db.batch([
      db
        .update(episodes)
        .set({ number: sql`-1 - ${episodes.number}` })
        .where(ofSeries),
      db
        .update(episodes)
        .set({
          number: sql`(SELECT value FROM json_each(${list}) WHERE key = ${episodes.id})`,
          updatedAt: nowMs,
          version: sql`${episodes.version} + 1`,
        })
        .where(ofSeries),
    ]),
  );
}
