import { and, eq, gt, or, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SQLiteColumn, SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { episodeState, type EpisodeState } from '#core/catalog/episode-state.ts';
import { MAX_SERIES_EPISODES } from '#core/catalog/limits.ts';
import type { Presentation } from '#core/ingest/presentation.ts';
import { accessPolicies, arcs, assets, episodes, localisations, seasons, series } from '#shared/db/schema.ts';
import type { StoredPolicy } from '#shared/policy-wire.ts';
import type { Db } from '../http/context.ts';
import { sweepEpisodes } from './swept-prefixes.ts';

export type SeriesRecord = typeof series.$inferSelect;
export type EpisodeRecord = typeof episodes.$inferSelect;

export async function insertSeries(db: Db, row: typeof series.$inferInsert): Promise<boolean> {
  const inserted = await db.insert(series).values(row).onConflictDoNothing().returning({ id: series.id });
  return inserted.length === 1;
}

/** By id or by slug. */
export async function findSeries(db: Db, name: string): Promise<SeriesRecord | undefined> {
  return db
    .select()
    .from(series)
    .where(or(eq(series.id, name), eq(series.slug, name)))
    .get();
}

export async function listSeries(db: Db, afterId: string, limit: number): Promise<SeriesRecord[]> {
  return db.select().from(series).where(gt(series.id, afterId)).orderBy(series.id).limit(limit);
}

/** What became of a write: `taken` breaks a UNIQUE constraint, `stale` found another version than the caller read. */
export type WriteOutcome = 'written' | 'taken' | 'stale';

/** `version`: the one that the caller read and insists on; null writes over whatever is there. */
export async function updateSeries(
  db: Db,
  id: string,
  version: number | null,
  change: Partial<typeof series.$inferInsert>,
): Promise<WriteOutcome> {
  return unlessTaken(() =>
    db
      .update(series)
      .set({ ...change, version: sql`${series.version} + 1` })
      .where(and(eq(series.id, id), atVersion(series.version, version)))
      .returning({ id: series.id }),
  );
}

/** false when it is no longer at the version that the caller insists on; then all of it stays. */
export async function deleteSeries(db: Db, id: string, version: number | null, nowMs: number): Promise<boolean> {
  const holds =
    version === null ? sql`1` : sql`EXISTS (SELECT 1 FROM series WHERE id = ${id} AND version = ${version})`;
  const batch = await db.batch([
    ...sweepEpisodes(db, sql`episodes.series_id = ${id} AND ${holds}`, nowMs),
    db.delete(accessPolicies)
      .where(sql`${holds} AND ((${accessPolicies.scope} = 'series' AND ${accessPolicies.scopeId} = ${id})
      OR (${accessPolicies.scope} = 'episode' AND ${accessPolicies.scopeId} IN (SELECT id FROM episodes WHERE series_id = ${id}))
      OR (${accessPolicies.scope} = 'season' AND ${accessPolicies.scopeId} IN (SELECT id FROM seasons WHERE series_id = ${id})))`),
    db.delete(localisations)
      .where(sql`${holds} AND ((${localisations.scope} = 'series' AND ${localisations.scopeId} = ${id})
      OR (${localisations.scope} = 'episode' AND ${localisations.scopeId} IN (SELECT id FROM episodes WHERE series_id = ${id}))
      OR (${localisations.scope} = 'season' AND ${localisations.scopeId} IN (SELECT id FROM seasons WHERE series_id = ${id}))
      OR (${localisations.scope} = 'arc' AND ${localisations.scopeId} IN (SELECT id FROM arcs WHERE series_id = ${id})))`),
    db
      .delete(series)
      .where(and(eq(series.id, id), atVersion(series.version, version)))
      .returning({ id: series.id }),
  ]);
  const deleted = batch.at(-1);
  return Array.isArray(deleted) && deleted.length === 1;
}

/** The condition that makes the write a compare-and-swap. */
function atVersion(column: SQLiteColumn, version: number | null) {
  return version === null ? undefined : eq(column, version);
}

export async function insertSeason(db: Db, row: typeof seasons.$inferInsert): Promise<boolean> {
  return (await db.insert(seasons).values(row).onConflictDoNothing().returning({ id: seasons.id })).length === 1;
}

export async function findSeason(db: Db, id: string): Promise<typeof seasons.$inferSelect | undefined> {
  return db.select().from(seasons).where(eq(seasons.id, id)).get();
}

export async function insertArc(db: Db, row: typeof arcs.$inferInsert): Promise<boolean> {
  return (await db.insert(arcs).values(row).onConflictDoNothing().returning({ id: arcs.id })).length === 1;
}

export async function belongsToSeries(db: Db, table: 'season' | 'arc', id: string, seriesId: string): Promise<boolean> {
  const rows = table === 'season' ? seasons : arcs;
  return (
    (await db
      .select({ id: rows.id })
      .from(rows)
      .where(and(eq(rows.id, id), eq(rows.seriesId, seriesId)))
      .get()) !== undefined
  );
}

/** One statement, so that of two that come at once the one too many is refused. */
export async function insertEpisode(
  db: Db,
  row: Omit<typeof episodes.$inferInsert, 'version' | 'publishedAt' | 'withdrawnAt'>,
): Promise<'stored' | 'taken' | 'full'> {
  const count = sql`(SELECT COUNT(*) FROM episodes WHERE series_id = ${row.seriesId})`;
  const stored = await db.all(sql`
    INSERT INTO episodes (id, series_id, season_id, arc_id, number, title, synopsis, tier, release_at, created_at, updated_at)
    SELECT ${row.id}, ${row.seriesId}, ${row.seasonId ?? null}, ${row.arcId ?? null}, ${row.number}, ${row.title},
      ${row.synopsis ?? null}, ${row.tier ?? null}, ${row.releaseAt ?? null}, ${row.createdAt}, ${row.updatedAt}
    WHERE ${count} < ${MAX_SERIES_EPISODES} ON CONFLICT DO NOTHING RETURNING id`);
  if (stored.length === 1) return 'stored';
  const [now] = await db.all<{ count: number }>(sql`SELECT ${count} AS count`);
  return (now?.count ?? 0) < MAX_SERIES_EPISODES ? 'taken' : 'full';
}

/** An episode with what its state follows from. */
export interface EpisodeView {
  readonly episode: EpisodeRecord;
  readonly state: EpisodeState;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  readonly durationSeconds: number | null;
  /** Of the version that viewers get. */
  readonly presentation: Presentation | null;
}

/** The newest; but one that is at work still says more than a newer one that has ended. A dub is of no episode's state. */
const ofLatestJob = (column: string) =>
  sql<string | null>`(SELECT ${sql.raw(column)} FROM jobs j WHERE j.episode_id = episodes.id AND j.dub IS NULL
    ORDER BY j.state IN ('queued', 'running') DESC, j.created_at DESC, j.id DESC LIMIT 1)`;
const latestJob = {
  state: ofLatestJob('state'),
  failureCode: ofLatestJob('failure_code'),
  failureDetail: ofLatestJob('failure_detail'),
};
const viewColumns = {
  episode: episodes,
  version: assets.currentVersion,
  durationSeconds: sql<
    number | null
  >`(SELECT duration_seconds FROM asset_versions v WHERE v.version = assets.current_version)`,
  presentation: sql<
    string | null
  >`(SELECT presentation FROM asset_versions v WHERE v.version = assets.current_version)`,
  ...latestJob,
};
type ViewRow = {
  episode: EpisodeRecord;
  version: string | null;
  durationSeconds: number | null;
  presentation: string | null;
  state: string | null;
  failureCode: string | null;
  failureDetail: string | null;
};

export async function findEpisode(db: Db, id: string): Promise<EpisodeView | undefined> {
  const row = await db
    .select(viewColumns)
    .from(episodes)
    .leftJoin(assets, eq(assets.episodeId, episodes.id))
    .where(eq(episodes.id, id))
    .get();
  return row && toView(row);
}

/** Where the objects of the version that viewers get lie in the bucket; null where there is none. */
export async function findMediaPrefix(db: Db, episodeId: string): Promise<string | null> {
  const row = await db
    .select({ assetId: assets.id, version: assets.currentVersion })
    .from(assets)
    .where(eq(assets.episodeId, episodeId))
    .get();
  return row == null || row.version === null ? null : `a/${row.assetId}/${row.version}/`;
}

/** The id of a series' episode. */
export async function findEpisodeByNumber(db: Db, seriesId: string, number: number): Promise<string | undefined> {
  const row = await db
    .select({ id: episodes.id })
    .from(episodes)
    .where(and(eq(episodes.seriesId, seriesId), eq(episodes.number, number)))
    .get();
  return row?.id;
}

/** Those of the ids that are there, in no order. */
export async function findEpisodes(db: Db, ids: readonly string[]): Promise<EpisodeView[]> {
  const rows = await db
    .select(viewColumns)
    .from(episodes)
    .leftJoin(assets, eq(assets.episodeId, episodes.id))
    .where(sql`${episodes.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return rows.map(toView);
}

export async function listEpisodes(
  db: Db,
  seriesId: string,
  afterNumber: number,
  limit: number,
): Promise<EpisodeView[]> {
  const rows = await db
    .select(viewColumns)
    .from(episodes)
    .leftJoin(assets, eq(assets.episodeId, episodes.id))
    .where(and(eq(episodes.seriesId, seriesId), gt(episodes.number, afterNumber)))
    .orderBy(episodes.number)
    .limit(limit);
  return rows.map(toView);
}

function toView(row: ViewRow): EpisodeView {
  const { episode, version, durationSeconds, state, failureCode, failureDetail } = row;
  return {
    episode,
    durationSeconds,
    presentation: row.presentation === null ? null : JSON.parse(row.presentation),
    state: episodeState({
      hasVersion: version !== null,
      isPublished: episode.publishedAt !== null,
      latestJobState: state,
    }),
    failure: state === 'failed' && failureCode !== null ? { code: failureCode, detail: failureDetail ?? '' } : null,
  };
}

/** With `alongside`, statements of the same transaction that run before the write and see the row as it was. */
export async function updateEpisode(
  db: Db,
  id: string,
  version: number | null,
  change: SQLiteUpdateSetSource<typeof episodes>,
  alongside: readonly BatchItem<'sqlite'>[] = [],
): Promise<WriteOutcome> {
  const write = db
    .update(episodes)
    .set({ ...change, version: sql`${episodes.version} + 1` })
    .where(and(eq(episodes.id, id), atVersion(episodes.version, version)))
    .returning({ id: episodes.id });
  const [first, ...rest] = alongside;
  if (first === undefined) return unlessTaken(() => write);
  return unlessTaken(async () => (await db.batch([first, ...rest, write])).at(-1));
}

/** The database decides what is taken, so two writers cannot both win. */
async function unlessTaken(write: () => PromiseLike<unknown>): Promise<WriteOutcome> {
  let rows: unknown;
  const isWritten = await unlessRefused('UNIQUE constraint failed', async () => {
    rows = await write();
  });
  if (!isWritten) return 'taken';
  return Array.isArray(rows) && rows.length === 1 ? 'written' : 'stale';
}

/** false when the database refuses the write for this reason; any other failure is thrown on. */
export async function unlessRefused(reason: string, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    if (cause instanceof Error && cause.message.includes(reason)) return false;
    throw thrown;
  }
}

/** false as for a series. */
export async function deleteEpisode(db: Db, id: string, version: number | null, nowMs: number): Promise<boolean> {
  const holds =
    version === null ? sql`1` : sql`EXISTS (SELECT 1 FROM episodes WHERE id = ${id} AND version = ${version})`;
  const batch = await db.batch([
    ...sweepEpisodes(db, sql`episodes.id = ${id} AND ${holds}`, nowMs),
    db.delete(accessPolicies).where(and(eq(accessPolicies.scope, 'episode'), eq(accessPolicies.scopeId, id), holds)),
    db.delete(localisations).where(and(eq(localisations.scope, 'episode'), eq(localisations.scopeId, id), holds)),
    db
      .delete(episodes)
      .where(and(eq(episodes.id, id), atVersion(episodes.version, version)))
      .returning({ id: episodes.id }),
  ]);
  const deleted = batch.at(-1);
  return Array.isArray(deleted) && deleted.length === 1;
}

export type PolicyScope = 'series' | 'season' | 'episode';

export interface PolicyRecord {
  readonly policy: StoredPolicy;
  readonly version: number;
}

/** null when it is no longer at the version that the caller insists on; 0 is that of a policy which nobody has put. */
export async function storePolicy(
  db: Db,
  at: { scope: PolicyScope; scopeId: string; version: number | null },
  policy: StoredPolicy,
  nowMs: number,
): Promise<PolicyRecord | null> {
  const { scope, scopeId, version } = at;
  const first = { scope, scopeId, policy, version: 1, updatedAt: nowMs };
  const next = { policy, version: sql`${accessPolicies.version} + 1`, updatedAt: nowMs };
  const [row] =
    version === null
      ? await db
          .insert(accessPolicies)
          .values(first)
          .onConflictDoUpdate({ target: [accessPolicies.scope, accessPolicies.scopeId], set: next })
          .returning({ version: accessPolicies.version })
      : version === 0
        ? await db
            .insert(accessPolicies)
            .values(first)
            .onConflictDoNothing()
            .returning({ version: accessPolicies.version })
        : await db
            .update(accessPolicies)
            .set(next)
            .where(and(isPolicyOf(scope, scopeId), eq(accessPolicies.version, version)))
            .returning({ version: accessPolicies.version });
  return row === undefined ? null : { policy, version: row.version };
}

function isPolicyOf(scope: PolicyScope, scopeId: string) {
  return and(eq(accessPolicies.scope, scope), eq(accessPolicies.scopeId, scopeId));
}

export async function loadPolicy(db: Db, scope: PolicyScope, scopeId: string): Promise<PolicyRecord | null> {
  const row = await db.select().from(accessPolicies).where(isPolicyOf(scope, scopeId)).get();
  return row ? { policy: row.policy as StoredPolicy, version: row.version } : null;
}
