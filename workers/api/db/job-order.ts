import { and, eq, like, sql, type SQL } from 'drizzle-orm';
import { jobs } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { entering, type Alongside, type JobRecord } from './jobs.ts';
import { isClaimed, keepSource, sweepSources } from './swept-prefixes.ts';

/** Which of an episode's jobs gives way to which: the source that was begun last wins, from when it is in the bucket. */

type Begun = Pick<JobRecord, 'id' | 'episodeId' | 'createdAt' | 'dub'>;

/**
 * The upload that was begun last becomes the episode, however long each takes: a job replaces those begun before it,
 * and one that arrives after a newer one was begun is superseded from the start. A pull that has just begun replaces
 * nothing yet: its URL may lead nowhere, and what is encoded meanwhile would be lost for it. A dub takes the place of an
 * earlier one in its language, a source that of everything.
 */
export async function insertJob(
  db: Db,
  order: typeof jobs.$inferInsert,
  alongside: Alongside = [],
): Promise<JobRecord> {
  const job = { ...order, dub: order.dub ?? null };
  const phase = job.phase ?? (job.state === 'queued' ? 'queued' : 'verifying');
  const { attempt, updatedAt: nowMs } = job;
  const now = { phase, attempt, at: nowMs };
  const timeline = phase === 'pulling' ? [now] : [{ phase: 'uploaded' as const, attempt, at: job.createdAt }, now];
  const isLate = sql`${jobs.id} = ${job.id} AND ${hasNewer(job)}`;
  const batch = await db.batch([
    db.insert(jobs).values({ ...job, phase, timeline }),
    ...(phase === 'pulling' ? [] : supersedeOlder(db, job, nowMs)),
    sweepSources(db, isLate, nowMs),
    db.update(jobs).set(entering('superseded', nowMs)).where(isLate),
    ...alongside,
    db.select().from(jobs).where(eq(jobs.id, job.id)),
  ]);
  const [row] = batch.at(-1) as JobRecord[];
  if (!row) throw new Error('the job was not inserted');
  return row;
}

/** Back into the queue, with all its attempts. undefined when it has not failed, or a newer source has its episode. */
export async function retryJob(db: Db, job: JobRecord, nowMs: number): Promise<JobRecord | undefined> {
  const again = sql`EXISTS (SELECT 1 FROM jobs WHERE id = ${job.id} AND state = 'failed') AND NOT ${hasNewer(job)} AND NOT ${isClaimed(job.sourceKey)}`;
  const batch = await db.batch([
    ...supersedeOlder(db, job, nowMs, again),
    keepSource(db, job.sourceKey, again),
    db
      .update(jobs)
      .set({
        ...entering('queued', nowMs),
        attemptBase: sql`${jobs.attempt}`,
        givenBack: 0,
        progress: 0,
        failureCode: null,
        failureDetail: null,
        notBefore: null,
      })
      .where(and(eq(jobs.id, job.id), like(jobs.sourceKey, 's/%'), again))
      .returning(),
  ]);
  return (batch.at(-1) as JobRecord[])[0];
}

/** Those that were begun before and are still open, while `holds`. They are never taken up again, and their sources go. */
export function supersedeOlder(db: Db, job: Begun, nowMs: number, holds: SQL = sql`1`) {
  const which = sql`${jobs.episodeId} = ${job.episodeId} AND ${jobs.state} IN ('queued', 'running') AND (${jobs.createdAt}, ${jobs.id}) < (${job.createdAt}, ${job.id}) AND ${holds} AND (${languageOf(job)} IS NULL OR json_extract(${jobs.dub}, '$.language') = ${languageOf(job)})`;
  const ended = { ...entering('superseded', nowMs), fence: null, leaseUntil: null };
  return [sweepSources(db, which, nowMs), db.update(jobs).set(ended).where(which)] as const;
}

/**
 * A newer source is there (for a dub, or a newer one of its language), and at work or a version. One that failed, was
 * cancelled or is still on its way is in nobody's way.
 */
function hasNewer(job: Begun): SQL {
  return sql`EXISTS (SELECT 1 FROM jobs newer WHERE newer.episode_id = ${job.episodeId} AND (newer.created_at, newer.id) > (${job.createdAt}, ${job.id}) AND newer.state IN ('queued', 'running', 'succeeded') AND newer.phase IS NOT 'pulling' AND (newer.dub IS NULL OR json_extract(newer.dub, '$.language') = ${languageOf(job)}))`;
}

function languageOf({ dub }: Pick<JobRecord, 'dub'>): string | null {
  return dub?.language ?? null;
}
