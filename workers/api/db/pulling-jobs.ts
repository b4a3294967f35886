import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { jobs } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { episodeFailed } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { supersedeOlder } from './job-order.ts';
import { entering, type Alongside, type JobRecord } from './jobs.ts';

/** Jobs whose source is still on its way from a URL. */

function isPulling(jobId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM jobs WHERE id = ${jobId} AND state = 'queued' AND phase = 'pulling')`;
}

type PullingJob = Pick<JobRecord, 'id' | 'episodeId' | 'createdAt' | 'version' | 'dub'>;

/**
 * The source is whole, and takes the place of those begun before it. false when the job was superseded, or ended, in
 * between; then nothing is written.
 */
export async function queuePulled(
  db: Db,
  job: PullingJob,
  source: Pick<JobRecord, 'sourceSizeBytes' | 'sourceSha256'>,
  { nowMs, alongside }: { nowMs: number; alongside: (holds: SQL) => Alongside },
): Promise<boolean> {
  const holds = isPulling(job.id);
  const first = [...supersedeOlder(db, job, nowMs, holds), ...alongside(holds)] as const;
  return updatePulling(db, job.id, { ...entering('queued', nowMs), ...source }, first);
}

/** The end of a pull that brought nothing, and its backend is told. */
export async function failPulling(
  db: Db,
  job: PullingJob,
  failure: { readonly code: string; readonly detail: string },
  nowMs: number,
): Promise<boolean> {
  const told = outboxOf(db, episodeFailed(job, failure), nowMs, isPulling(job.id));
  const change = { ...entering('failed', nowMs), failureCode: failure.code, failureDetail: failure.detail };
  return updatePulling(db, job.id, change, told.statements);
}

async function updatePulling(
  db: Db,
  jobId: string,
  change: SQLiteUpdateSetSource<typeof jobs>,
  alongside: readonly [BatchItem<'sqlite'>, ...BatchItem<'sqlite'>[]],
): Promise<boolean> {
  const write = db
    .update(jobs)
    .set(change)
    .where(and(eq(jobs.id, jobId), isPulling(jobId)))
    .returning({ id: jobs.id });
  const rows = (await db.batch([...alongside, write])).at(-1);
  return Array.isArray(rows) && rows.length === 1;
}
