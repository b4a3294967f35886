import { afterFailure, checkLease } from '#core/ingest/job-machine.ts';
import { LEASE_SECONDS } from '#core/ingest/limits.ts';
import type {
  EventReceipt,
  TranscodeEvent,
  TranscodeFailure,
  TranscodeResult,
} from '#core/ingest/transcoder-protocol.ts';
import { log } from '#shared/log.ts';
import { findJob, publishVersion, updateHeldJob, type JobRecord } from '../db/jobs.ts';
import type { Db } from '../http/context.ts';
import { checkProtection } from './protect-version.ts';
import { verifyVersion } from './verify-version.ts';

/** What a transcoder reported, applied once and only while its attempt holds the job. */
export async function applyEvent(
  db: Db,
  media: R2Bucket,
  event: TranscodeEvent,
  nowMs: number,
): Promise<EventReceipt['outcome']> {
  const job = await findJob(db, event.data.jobId);
  if (!job || !checkLease({ ...job, leaseUntilMs: job.leaseUntil }, event.data).ok) return 'stale';
  switch (event.type) {
    case 'transcode.progress':
      return extend(db, job, event.data.progress, nowMs);
    case 'transcode.failed':
      return fail(db, job, event.data.failure, nowMs);
    case 'transcode.completed':
      return complete(db, media, job, event.data.result, nowMs);
  }
}

async function extend(db: Db, job: JobRecord, progress: number, nowMs: number): Promise<EventReceipt['outcome']> {
  const held = await updateHeldJob(db, snapshot(job), {
    progress: Math.max(job.progress, progress),
    leaseUntil: nowMs + LEASE_SECONDS * 1_000,
    updatedAt: nowMs,
  });
  return held ? 'accepted' : 'stale';
}

async function fail(
  db: Db,
  job: JobRecord,
  failure: TranscodeFailure,
  nowMs: number,
): Promise<EventReceipt['outcome']> {
  log('warn', 'transcode_failed', { jobId: job.id, attempt: job.attempt, code: failure.code });
  const after = afterFailure(job, failure);
  const change =
    after.next === 'queued'
      ? requeued(job, after.countsAsAttempt)
      : { state: 'failed' as const, failureCode: after.failure.code, failureDetail: after.failure.detail };
  const held = await updateHeldJob(db, snapshot(job), { ...change, fence: null, leaseUntil: null, updatedAt: nowMs });
  return held ? 'accepted' : 'stale';
}

async function complete(
  db: Db,
  media: R2Bucket,
  job: JobRecord,
  result: TranscodeResult,
  nowMs: number,
): Promise<EventReceipt['outcome']> {
  const verified = await verifyVersion(media, `a/${job.assetId}/${job.version}/`, result);
  if (!verified.ok) return fail(db, job, verified.error, nowMs);
  const unprotected = await checkProtection(db, job, result);
  if (unprotected !== null) return fail(db, job, unprotected, nowMs);
  const published = await publishVersion(db, job, result, verified.value.sizeBytes, nowMs);
  if (published) log('info', 'version_published', { jobId: job.id, episodeId: job.episodeId, attempt: job.attempt });
  return published ? 'accepted' : 'stale';
}

function snapshot(job: JobRecord) {
  return { id: job.id, state: job.state, attempt: job.attempt, fence: job.fence, leaseUntilMs: job.leaseUntil };
}

function requeued(job: JobRecord, countsAsAttempt: boolean) {
  const tries = countsAsAttempt ? {} : { attempt: job.attempt - 1, givenBack: job.givenBack + 1 };
  return { state: 'queued' as const, ...tries };
}
