import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, ne, or, sql, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { JOB_CANCELLED, stateOf, type JobPhase, type JobSnapshot } from '#core/ingest/job-machine.ts';
import { MAX_MOMENTS_PER_JOB } from '#core/ingest/limits.ts';
import { presentationOf, presentationOfDub, type Presentation } from '#core/ingest/presentation.ts';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { assets, assetVersions, jobs, receivedWebhooks, renditions } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { isClaimed, sweepFailedSource, sweepReplaced } from './swept-prefixes.ts';
import { insertTracks, NO_TRACKS, type PublishedTracks } from './tracks.ts';

export type JobRecord = typeof jobs.$inferSelect;

/** What a change of phase writes; `attempt` where the same write changes that too. */
export function entering(phase: JobPhase, nowMs: number, attempt: SQL = sql`${jobs.attempt}`) {
  const moment = sql`json_object('phase', ${phase}, 'attempt', ${attempt}, 'at', CAST(${nowMs} AS INTEGER))`;
  const timeline = sql`CASE WHEN json_array_length(${jobs.timeline}) < ${MAX_MOMENTS_PER_JOB} THEN json_insert(${jobs.timeline}, '$[#]', ${moment}) ELSE ${jobs.timeline} END`;
  return { phase, state: stateOf(phase), updatedAt: nowMs, timeline };
}

/** The episode's asset, made with its first upload. */
export async function ensureAsset(
  db: Db,
  asset: { id: string; episodeId: string; createdAt: number },
): Promise<string> {
  await db
    .insert(assets)
    .values({ ...asset, currentVersion: null })
    .onConflictDoNothing();
  const row = await db.select({ id: assets.id }).from(assets).where(eq(assets.episodeId, asset.episodeId)).get();
  return row?.id ?? asset.id;
}

/** Dubs that are not there yet, the oldest first. */
export async function listOpenDubs(db: Db, episodeId: string): Promise<JobRecord[]> {
  const isOpenDub = and(isNotNull(jobs.dub), inArray(jobs.state, ['queued', 'running']));
  return db
    .select()
    .from(jobs)
    .where(and(eq(jobs.episodeId, episodeId), isOpenDub))
    .orderBy(asc(jobs.id));
}

export async function findJob(db: Db, id: string): Promise<JobRecord | undefined> {
  return db.select().from(jobs).where(eq(jobs.id, id)).get();
}

/** Of the version that the job made; none before there is one. */
export async function findWarnings(
  db: Db,
  { version }: JobRecord,
): Promise<readonly { code: string; detail: string }[]> {
  if (version === null) return [];
  const found = await db
    .select({ warnings: assetVersions.warnings })
    .from(assetVersions)
    .where(eq(assetVersions.version, version))
    .get();
  return found?.warnings ?? [];
}

/** The newest first. */
export async function listJobs(
  db: Db,
  {
    states,
    episodeId,
    beforeId,
    limit,
  }: {
    states: readonly JobRecord['state'][] | null;
    episodeId: string | null;
    beforeId: string | null;
    limit: number;
  },
): Promise<JobRecord[]> {
  return db
    .select()
    .from(jobs)
    .where(
      and(
        states === null ? undefined : inArray(jobs.state, [...states]),
        episodeId === null ? undefined : eq(jobs.episodeId, episodeId),
        beforeId === null ? undefined : lt(jobs.id, beforeId),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(limit);
}

/** The job that published this version, while it is the asset's current one. */
export async function findPublishedImport(db: Db, assetId: string, version: string): Promise<JobRecord | undefined> {
  const current = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (current?.currentVersion !== version) return undefined;
  return db
    .select()
    .from(jobs)
    .where(and(eq(jobs.version, version), eq(jobs.state, 'succeeded')))
    .orderBy(desc(jobs.createdAt))
    .get();
}

/** A dub is added to what the jobs before it make: to a new picture, or beside another dub. */
const waitsForOlder =
  sql.raw(`(jobs.dub IS NOT NULL AND EXISTS (SELECT 1 FROM jobs older WHERE older.episode_id = jobs.episode_id
  AND older.state IN ('queued', 'running') AND (older.created_at, older.id) < (jobs.created_at, jobs.id)))`);

function isDue(nowMs: number): SQL {
  return sql`coalesce(${jobs.notBefore}, 0) <= ${nowMs}`;
}

/** Gives the oldest queued job to the caller; the state is checked again in the write, so two callers never get one. */
export async function leaseJob(
  db: Db,
  lease: { fence: string; version: string; leaseUntil: number; nowMs: number },
): Promise<JobRecord | null> {
  const oldest = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        eq(jobs.state, 'queued'),
        or(isNull(jobs.phase), ne(jobs.phase, 'pulling')),
        isDue(lease.nowMs),
        sql`NOT ${waitsForOlder}`,
      ),
    )
    .orderBy(asc(jobs.createdAt), asc(jobs.id))
    .limit(1);
  const [row] = await db
    .update(jobs)
    .set({
      ...entering('leased', lease.nowMs, sql`${jobs.attempt} + 1`),
      attempt: sql`${jobs.attempt} + 1`,
      fence: lease.fence,
      version: lease.version,
      playableVersion: null,
      baseVersion: null,
      leaseUntil: lease.leaseUntil,
      notBefore: null,
      progress: 0,
    })
    .where(and(eq(jobs.state, 'queued'), eq(jobs.id, sql`(${oldest})`)))
    .returning();
  return row ?? null;
}

/** Whether a job that may still be encoded, or was, has this object as its source: then it is the job's. */
export async function isSourceOfJob(db: Db, sourceKey: string): Promise<boolean> {
  const row = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.sourceKey, sourceKey), ne(jobs.state, 'superseded'), ne(jobs.sourceSizeBytes, 0)))
    .get();
  return row !== undefined;
}

export async function listLapsed(db: Db, nowMs: number, limit: number): Promise<JobRecord[]> {
  return db
    .select()
    .from(jobs)
    .where(and(eq(jobs.state, 'running'), lt(jobs.leaseUntil, nowMs)))
    .limit(limit);
}

/** Imports have no lease: one that is still running so long after it began lost its Worker. Answers their ids. */
export async function failImports(
  db: Db,
  begunBeforeMs: number,
  failure: { readonly code: string; readonly detail: string },
  nowMs: number,
): Promise<string[]> {
  const rows = await db
    .update(jobs)
    .set({
      ...entering('failed', nowMs),
      fence: null,
      failureCode: failure.code,
      failureDetail: failure.detail,
    })
    .where(and(eq(jobs.state, 'running'), isNull(jobs.leaseUntil), lt(jobs.createdAt, begunBeforeMs)))
    .returning({ id: jobs.id });
  return rows.map(({ id }) => id);
}

/** True while the attempt holds the job; with `lapsedAtMs`, only if its lease had run out by then. */
export function isHeld({ id, attempt, fence }: HeldJob, lapsedAtMs: number | null = null): SQL {
  const lapsed = lapsedAtMs === null ? sql`1` : sql`lease_until_at < ${lapsedAtMs}`;
  return sql`EXISTS (SELECT 1 FROM jobs WHERE id = ${id} AND state = 'running' AND attempt = ${attempt} AND fence = ${fence ?? ''} AND ${lapsed})`;
}

type HeldJob = Pick<JobSnapshot, 'id' | 'attempt' | 'fence'>;

/** Statements of the same transaction, run before the write; each holds its own condition. */
export type Alongside = readonly BatchItem<'sqlite'>[];

/**
 * Writes only while the attempt still holds the lease; false when it lost it in between. With `lapsedAtMs`, only if the
 * lease had run out by then: a transcoder that was heard from since keeps its job.
 */
export async function updateHeldJob(
  db: Db,
  held: HeldJob,
  change: SQLiteUpdateSetSource<typeof jobs>,
  { lapsedAtMs = null, alongside = [] }: { lapsedAtMs?: number | null; alongside?: Alongside } = {},
): Promise<boolean> {
  const write = db
    .update(jobs)
    .set(change)
    .where(and(eq(jobs.id, held.id), isHeld(held, lapsedAtMs)))
    .returning({ id: jobs.id });
  const [first, ...rest] = alongside;
  if (first === undefined) return (await write).length === 1;
  const rows = (await db.batch([first, ...rest, write])).at(-1);
  return Array.isArray(rows) && rows.length === 1;
}

/** Back to where it was before it was leased, and it is not leased before then: an attempt that had not begun. */
export async function holdJob(
  db: Db,
  job: JobRecord,
  { nowMs, notBefore }: { nowMs: number; notBefore: number },
): Promise<boolean> {
  const last = sql`json_extract(${jobs.timeline}, '$[#-1].phase')`;
  return updateHeldJob(db, job, {
    ...{ phase: 'queued', state: 'queued', updatedAt: nowMs, attempt: job.attempt - 1, notBefore },
    ...{ fence: null, leaseUntil: null },
    timeline: sql`CASE WHEN ${last} = 'leased' THEN json_remove(${jobs.timeline}, '$[#-1]') ELSE ${jobs.timeline} END`,
  });
}

/**
 * The compare-and-swap: one batch, which D1 runs as one transaction. Every statement is conditional on the attempt
 * still holding its lease, so a late attempt changes nothing, and viewers see the old version or the new, never a mix.
 */
export async function publishVersion(
  db: Db,
  job: JobRecord,
  result: TranscodeResult,
  sizeBytes: number,
  { nowMs, alongside = [], tracks = NO_TRACKS }: { nowMs: number; alongside?: Alongside; tracks?: PublishedTracks },
): Promise<boolean> {
  const version = job.version ?? '';
  const holds = sql`${canPublish(job)} AND NOT ${isClaimed(`a/${job.assetId}/${version}/`)}`;
  const presentation = await presentationFor(db, job, result);
  const batch = await db.batch([
    ...recordVersion(db, { ...job, version }, result, { sizeBytes, tracks, presentation, nowMs, holds }),
    ...alongside,
    ...sweepReplaced(db, { ...job, version }, { nowMs, holds }),
    makeCurrent(db, { ...job, version }, holds),
    db
      .update(jobs)
      .set({
        ...entering('published', nowMs),
        progress: 1,
        leaseUntil: null,
        failureCode: null,
        failureDetail: null,
      })
      .where(and(eq(jobs.id, job.id), holds))
      .returning({ id: jobs.id }),
  ]);
  const finished = batch.at(-1);
  return Array.isArray(finished) && finished.length === 1;
}

/**
 * True while the attempt holds the job and, for a dub, viewers still have the version that it copied; or, later in the
 * batch that publishes it, already its own.
 */
export function canPublish(job: JobRecord): SQL {
  if (job.dub === null) return isHeld(job);
  return sql`${isHeld(job)} AND EXISTS (SELECT 1 FROM assets WHERE id = ${job.assetId} AND current_version IN (${job.baseVersion}, ${job.version}))`;
}

/**
 * The lowest rungs, before the others are there: only where nothing of the episode plays yet. The job goes on, and what
 * it publishes at its end takes their place as any newer version does.
 */
export async function publishPlayable(
  db: Db,
  job: JobRecord,
  result: TranscodeResult,
  sizeBytes: number,
  { nowMs, alongside, tracks }: { nowMs: number; alongside: Alongside; tracks: PublishedTracks },
): Promise<boolean> {
  const made = { ...job, version: job.playableVersion ?? '' };
  const holds = sql`${canBePlayable(job)} AND NOT ${isClaimed(`a/${job.assetId}/${made.version}/`)}`;
  const batch = await db.batch([
    ...recordVersion(db, made, result, { sizeBytes, tracks, presentation: presentationOf(result), nowMs, holds }),
    ...alongside,
    makeCurrent(db, made, holds),
  ]);
  const current = batch.at(-1);
  return Array.isArray(current) && current.length === 1;
}

/** True while the attempt holds the job and the episode has nothing that plays. */
export function canBePlayable(job: JobRecord): SQL {
  return sql`${isHeld(job)} AND EXISTS (SELECT 1 FROM assets WHERE id = ${job.assetId} AND current_version IS NULL)`;
}

/** Of a version that is there, which never changes: it may be read before the batch. */
async function presentationFor(
  db: Db,
  { dub, baseVersion }: JobRecord,
  result: TranscodeResult,
): Promise<Presentation> {
  const made = presentationOf(result);
  if (dub === null || baseVersion === null) return made;
  const base = await db
    .select({ presentation: assetVersions.presentation })
    .from(assetVersions)
    .where(eq(assetVersions.version, baseVersion))
    .get();
  return base?.presentation ? presentationOfDub(base.presentation, made) : made;
}

interface MadeVersion {
  readonly assetId: string;
  readonly version: string;
}

interface RecordedVersion {
  readonly sizeBytes: number;
  readonly tracks: PublishedTracks;
  readonly presentation: Presentation;
  readonly nowMs: number;
  readonly holds: SQL;
}

function recordVersion(
  db: Db,
  { assetId, version }: MadeVersion,
  result: TranscodeResult,
  { sizeBytes, tracks, presentation, nowMs, holds }: RecordedVersion,
): readonly [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]] {
  const rungs = result.renditions.map((rung) =>
    db
      .insert(renditions)
      .select(
        sql`SELECT ${version}, ${positionOf(rung.name)}, ${rung.width}, ${rung.height}, ${rung.bandwidthBps}, ${rung.averageBandwidthBps}, ${rung.codecs}, ${rung.frameRate} WHERE ${holds}`,
      )
      .onConflictDoNothing(),
  );
  return [
    db
      .insert(assetVersions)
      .select(
        sql`SELECT ${version}, ${assetId}, ${result.durationSeconds}, ${JSON.stringify(result.segmentDurationsSeconds)}, ${JSON.stringify(result.warnings)}, ${sizeBytes}, ${nowMs}, ${tracks.revision}, ${tracks.numbersTaken}, ${JSON.stringify(presentation)} WHERE ${holds}`,
      )
      // An import of what was imported before is the same version again.
      .onConflictDoNothing(),
    ...rungs,
    ...insertTracks(db, version, tracks.rows, { nowMs, holds }),
  ];
}

function makeCurrent(db: Db, { assetId, version }: MadeVersion, holds: SQL) {
  const recorded = sql`EXISTS (SELECT 1 FROM asset_versions WHERE version = ${version})`;
  return db
    .update(assets)
    .set({ currentVersion: version })
    .where(and(eq(assets.id, assetId), recorded, holds))
    .returning({ id: assets.id });
}

/** Whatever holds the job: what it reports from now on is too late. undefined when the job has ended. */
export async function cancelJob(db: Db, id: string, nowMs: number): Promise<JobRecord | undefined> {
  const isOpen = sql`${jobs.state} IN ('queued', 'running')`;
  const [, rows] = await db.batch([
    sweepFailedSource(db, id, { nowMs, holds: isOpen }),
    db
      .update(jobs)
      .set({
        ...entering('cancelled', nowMs),
        fence: null,
        leaseUntil: null,
        failureCode: JOB_CANCELLED.code,
        failureDetail: JOB_CANCELLED.detail,
      })
      .where(and(eq(jobs.id, id), isOpen))
      .returning(),
  ]);
  return rows[0];
}

function positionOf(name: string): number {
  return Number(name.slice(1));
}

export async function wasReceived(db: Db, webhookId: string): Promise<boolean> {
  return (await db.select().from(receivedWebhooks).where(eq(receivedWebhooks.id, webhookId)).get()) !== undefined;
}

export async function rememberWebhook(db: Db, id: string, nowMs: number): Promise<void> {
  await db.insert(receivedWebhooks).values({ id, receivedAt: nowMs }).onConflictDoNothing();
}

export async function forgetWebhooks(db: Db, beforeMs: number): Promise<void> {
  await db.delete(receivedWebhooks).where(lt(receivedWebhooks.receivedAt, beforeMs));
}
