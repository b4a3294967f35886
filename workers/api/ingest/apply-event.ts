import { afterFailure, checkLease } from '#core/ingest/job-machine.ts';
import { LEASE_SECONDS } from '#core/ingest/limits.ts';
import type {
  EventReceipt,
  TranscodeEvent,
  TranscodeFailure,
  TranscodeResult,
} from '#core/ingest/transcoder-protocol.ts';
import { log, reasonOf } from '#shared/log.ts';
import { findJob, isHeld, publishVersion, updateHeldJob, type JobRecord } from '../db/jobs.ts';
import type { Db } from '../http/context.ts';
import { episodeFailed, episodeReady } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { applyCaptions, carryCaptions } from './apply-captions.ts';
import { checkProtection } from './protect-version.ts';
import { verifyVersion } from './verify-version.ts';

/** Hands over events that are in the outbox now; the cron comes for those that nobody was handed. */
type Deliver = (eventIds: readonly string[]) => void;

/** What a transcoder reported, applied once and only while its attempt holds the job. */
export async function applyEvent(
  db: Db,
  media: R2Bucket,
  event: TranscodeEvent,
  nowMs: number,
  deliver: Deliver = () => undefined,
): Promise<EventReceipt['outcome']> {
  const job = await findJob(db, event.data.jobId);
  if (!job || !checkLease({ ...job, leaseUntilMs: job.leaseUntil }, event.data).ok) return 'stale';
  switch (event.type) {
    case 'transcode.progress':
      return extend(db, job, event.data.progress, nowMs);
    case 'transcode.failed':
      return fail(db, job, event.data.failure, nowMs, deliver);
    case 'transcode.completed':
      return complete({ db, media, nowMs, deliver }, job, event.data.result);
  }
}

async function extend(db: Db, job: JobRecord, progress: number, nowMs: number): Promise<EventReceipt['outcome']> {
  const held = await updateHeldJob(db, job, {
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
  deliver: Deliver,
): Promise<EventReceipt['outcome']> {
  log('warn', 'transcode_failed', { jobId: job.id, attempt: job.attempt, code: failure.code });
  const after = afterFailure(job, failure);
  if (after.next === 'queued') {
    const change = requeued(job, after.countsAsAttempt);
    const held = await updateHeldJob(db, job, { ...change, fence: null, leaseUntil: null, updatedAt: nowMs });
    return held ? 'accepted' : 'stale';
  }
  const { code: failureCode, detail: failureDetail } = after.failure;
  const change = { state: 'failed' as const, failureCode, failureDetail };
  const told = outboxOf(db, episodeFailed(job, after.failure), nowMs, isHeld(job));
  const final = { ...change, fence: null, leaseUntil: null, updatedAt: nowMs };
  if (!(await updateHeldJob(db, job, final, { alongside: told.statements }))) return 'stale';
  deliver([told.eventId]);
  return 'accepted';
}

interface Workplace {
  readonly db: Db;
  readonly media: R2Bucket;
  readonly nowMs: number;
  readonly deliver: Deliver;
}

async function complete(
  { db, media, nowMs, deliver }: Workplace,
  job: JobRecord,
  result: TranscodeResult,
): Promise<EventReceipt['outcome']> {
  const verified = await verifyVersion(media, `a/${job.assetId}/${job.version}/`, result);
  if (!verified.ok) return fail(db, job, verified.error, nowMs, deliver);
  const unprotected = await checkProtection(db, job, result);
  if (unprotected !== null) return fail(db, job, unprotected, nowMs, deliver);
  const told = outboxOf(db, episodeReady(job, result), nowMs, isHeld(job));
  const { sizeBytes } = verified.value;
  const tracks = await carryCaptions(db, media, job, result);
  if (!(await publishVersion(db, job, result, sizeBytes, { nowMs, alongside: told.statements, tracks })))
    return 'stale';
  deliver([told.eventId]);
  // Captions that came in since they were carried. Whoever sent them looks, too: an error here loses nothing of theirs.
  await applyCaptions(db, media, job.episodeId, nowMs).catch((thrown: unknown) =>
    log('warn', 'captions_not_applied', { episodeId: job.episodeId, reason: reasonOf(thrown) }),
  );
  log('info', 'version_published', { jobId: job.id, episodeId: job.episodeId, attempt: job.attempt });
  return 'accepted';
}

function requeued(job: JobRecord, countsAsAttempt: boolean) {
  const tries = countsAsAttempt ? {} : { attempt: job.attempt - 1, givenBack: job.givenBack + 1 };
  return { state: 'queued' as const, ...tries };
}
