import { and, asc, eq, isNull, lte, sql, type SQL } from 'drizzle-orm';
import { FAILED_SOURCE_SECONDS, SWEEP_AFTER_SECONDS } from '#core/ingest/limits.ts';
import { assets, contentKeys, episodes, jobs, prefixesToSweep } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

/** What a prefix is of, as far as its sweep must know. */
export type SweptPrefix =
  | { readonly kind: 'version'; readonly prefix: string; readonly assetId: string; readonly version: string }
  | { readonly kind: 'asset'; readonly prefix: string; readonly assetId: string }
  | { readonly kind: 'source'; readonly prefix: string };

export function parseSweptPrefix(prefix: string): SweptPrefix {
  const [root, assetId = '', version = ''] = prefix.split('/');
  if (root !== 'a') return { kind: 'source', prefix };
  return version === '' ? { kind: 'asset', prefix, assetId } : { kind: 'version', prefix, assetId, version };
}

/**
 * Notes what an attempt is about to write, before it is allowed to. Looked at a day later: what was published by then is
 * kept, and what was not is deleted.
 */
export async function watchPrefixes(db: Db, prefixes: readonly string[], nowMs: number): Promise<void> {
  const dueAt = dueFrom(nowMs);
  await db
    .insert(prefixesToSweep)
    .values(prefixes.map((prefix) => ({ prefix, dueAt, claimedAt: null })))
    .onConflictDoUpdate(LATER);
}

/** Puts the sweep of a prefix off; false when it has begun, and nothing can be written there now. */
export async function keepPrefix(db: Db, prefix: string, nowMs: number): Promise<boolean> {
  await watchPrefixes(db, [prefix], nowMs);
  const row = await db.select().from(prefixesToSweep).where(eq(prefixesToSweep.prefix, prefix)).get();
  return row?.claimedAt === null;
}

/** True once a sweep has begun to delete below the prefix. */
export function isClaimed(prefix: string): SQL {
  return sql`EXISTS (SELECT 1 FROM prefixes_to_sweep WHERE prefix = ${prefix} AND claimed_at IS NOT NULL)`;
}

interface NewVersion {
  readonly id: string;
  readonly episodeId: string;
  readonly assetId: string;
  readonly version: string;
  readonly createdAt: number;
  readonly dub: { readonly language: string } | null;
}

/**
 * In the batch that publishes a version, before the asset points to it: the version before it, and older sources. A dub
 * replaces no source but that of an earlier dub in its language.
 */
export function sweepReplaced(db: Db, job: NewVersion, { nowMs, holds }: { nowMs: number; holds: SQL }) {
  const dueAt = dueFrom(nowMs);
  const language = job.dub?.language ?? null;
  return [
    db
      .insert(prefixesToSweep)
      .select(
        sql`SELECT 'a/' || id || '/' || current_version || '/', ${dueAt}, NULL FROM assets WHERE id = ${job.assetId} AND current_version <> ${job.version} AND ${holds}`,
      )
      .onConflictDoUpdate(LATER),
    db
      .insert(prefixesToSweep)
      .select(
        sql`SELECT source_key, ${dueAt}, NULL FROM jobs WHERE episode_id = ${job.episodeId} AND (created_at, id) < (${job.createdAt}, ${job.id}) AND source_key LIKE 's/%' AND (${language} IS NULL OR json_extract(dub, '$.language') = ${language}) AND ${holds}`,
      )
      .onConflictDoUpdate(LATER),
  ];
}

/** In the batch that supersedes jobs, before it does: nobody can have them tried again. */
export function sweepSources(db: Db, which: SQL, nowMs: number) {
  return db
    .insert(prefixesToSweep)
    .select(sql`SELECT source_key, ${dueFrom(nowMs)}, NULL FROM ${jobs} WHERE ${which} AND source_key LIKE 's/%'`)
    .onConflictDoUpdate(LATER);
}

/** In the batch that ends a job without a version, before it does: it can be tried again for a while. */
export function sweepFailedSource(db: Db, jobId: string, { nowMs, holds }: { nowMs: number; holds: SQL }) {
  const dueAt = nowMs + FAILED_SOURCE_SECONDS * 1_000;
  return db
    .insert(prefixesToSweep)
    .select(
      sql`SELECT source_key, ${dueAt}, NULL FROM ${jobs} WHERE id = ${jobId} AND source_key LIKE 's/%' AND ${holds}`,
    )
    .onConflictDoNothing();
}

/** In the batch that takes such a job up again, before it does. */
export function keepSource(db: Db, sourceKey: string, holds: SQL) {
  return db
    .delete(prefixesToSweep)
    .where(and(eq(prefixesToSweep.prefix, sourceKey), isNull(prefixesToSweep.claimedAt), holds));
}

/** In the batch that deletes episodes, before their rows go: everything that was made of them or for them. */
export function sweepEpisodes(db: Db, which: SQL, nowMs: number) {
  const dueAt = dueFrom(nowMs);
  const made = db
    .insert(prefixesToSweep)
    .select(
      sql`SELECT 'a/' || assets.id || '/', ${dueAt}, NULL FROM ${assets} JOIN ${episodes} ON episodes.id = assets.episode_id WHERE ${which}`,
    )
    .onConflictDoUpdate(LATER);
  const sources = db
    .insert(prefixesToSweep)
    .select(sql`SELECT 's/' || episodes.id || '/', ${dueAt}, NULL FROM ${episodes} WHERE ${which}`)
    .onConflictDoUpdate(LATER);
  return [made, sources] as const;
}

/** In the batch that replaces a caption sidecar, before its row changes: the file that it had. */
export function sweepSidecar(db: Db, which: SQL, nowMs: number) {
  return db
    .insert(prefixesToSweep)
    .select(sql`SELECT file_key, ${dueFrom(nowMs)}, NULL FROM caption_sidecars WHERE ${which} AND file_key IS NOT NULL`)
    .onConflictDoUpdate(LATER);
}

export async function listDuePrefixes(db: Db, nowMs: number, limit: number): Promise<SweptPrefix[]> {
  const rows = await db
    .select({ prefix: prefixesToSweep.prefix })
    .from(prefixesToSweep)
    .where(lte(prefixesToSweep.dueAt, nowMs))
    .orderBy(asc(prefixesToSweep.dueAt))
    .limit(limit);
  return rows.map(({ prefix }) => parseSweptPrefix(prefix));
}

export type Claim = 'claimed' | 'current' | 'in-use';

/**
 * Takes a prefix for deletion unless something uses it. One statement, as is a publication, which asks for the claim: of
 * the two, whichever comes first wins.
 */
export async function claimPrefix(db: Db, swept: SweptPrefix, nowMs: number): Promise<Claim> {
  const { prefix } = swept;
  const rows = await db
    .update(prefixesToSweep)
    .set({ claimedAt: sql`coalesce(${prefixesToSweep.claimedAt}, ${nowMs})` })
    .where(
      and(
        eq(prefixesToSweep.prefix, prefix),
        lte(prefixesToSweep.dueAt, nowMs),
        sql`NOT ${isCurrent(swept)}`,
        sql`NOT ${isInUse(swept)}`,
      ),
    )
    .returning({ prefix: prefixesToSweep.prefix });
  if (rows.length === 1) return 'claimed';
  // Looked at again a day later, whatever it was that held it.
  const [kept] = await db.batch([
    db
      .delete(prefixesToSweep)
      .where(and(eq(prefixesToSweep.prefix, prefix), isNull(prefixesToSweep.claimedAt), isCurrent(swept)))
      .returning({ prefix: prefixesToSweep.prefix }),
    db
      .update(prefixesToSweep)
      .set({ dueAt: dueFrom(nowMs) })
      .where(and(eq(prefixesToSweep.prefix, prefix), isNull(prefixesToSweep.claimedAt))),
  ]);
  return kept.length === 1 ? 'current' : 'in-use';
}

/** Nothing is below the prefix any more: its row goes, and with a version its content key. */
export async function forgetPrefix(db: Db, swept: SweptPrefix): Promise<void> {
  if (swept.kind === 'version') await db.delete(contentKeys).where(eq(contentKeys.version, swept.version));
  await db.delete(prefixesToSweep).where(eq(prefixesToSweep.prefix, swept.prefix));
}

/** It is what viewers get. The row goes: the version that replaces it writes a new one. */
function isCurrent(swept: SweptPrefix): SQL {
  switch (swept.kind) {
    case 'version':
      return sql`EXISTS (SELECT 1 FROM assets WHERE id = ${swept.assetId} AND current_version = ${swept.version})`;
    case 'asset':
      return sql`EXISTS (SELECT 1 FROM assets WHERE id = ${swept.assetId})`;
    case 'source':
      return sql`0`;
  }
}

/** A job still writes or reads there. */
function isInUse(swept: SweptPrefix): SQL {
  switch (swept.kind) {
    case 'version':
      return sql`EXISTS (SELECT 1 FROM ${jobs} WHERE state = 'running' AND (version = ${swept.version} OR playable_version = ${swept.version}))`;
    case 'asset':
      return sql`0`;
    case 'source':
      return sql`EXISTS (SELECT 1 FROM ${jobs} WHERE state IN ('queued', 'running') AND source_key = ${swept.prefix})`;
  }
}

function dueFrom(nowMs: number): number {
  return nowMs + SWEEP_AFTER_SECONDS * 1_000;
}

/** A row that is there is due later, unless its sweep has begun. */
const LATER = {
  target: prefixesToSweep.prefix,
  set: { dueAt: sql`excluded.due_at` },
  setWhere: isNull(prefixesToSweep.claimedAt),
};
