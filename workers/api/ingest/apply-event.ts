import { warnOfLostLanguages } from '#core/dubs/lost-languages.ts';
import {
  afterFailure,
  checkLease,
  nextPhase,
  phaseOf,
  retryAfterMs,
  triesOf,
  type JobEvent,
} from '#core/ingest/job-machine.ts';
import type {
  EventReceipt,
  TranscodeEvent,
  TranscodeFailure,
  TranscodeResult,
} from '#core/ingest/transcoder-protocol.ts';
import { log, reasonOf } from '#shared/log.ts';
import {
  canBePlayable,
  canPublish,
  entering,
  findJob,
  isHeld,
  publishPlayable,
  publishVersion,
  updateHeldJob,
  type JobRecord,
} from '../db/jobs.ts';
import { sweepFailedSource } from '../db/swept-prefixes.ts';
import { findCurrentVersion } from '../db/tracks.ts';
import type { Db } from '../http/context.ts';
import { episodeFailed, episodePlayable, episodeReady } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { applyCaptions, tracksAsMade } from './apply-captions.ts';
import { checkDub } from './lease-dub.ts';
import { segmentKeyOf } from './open-segment-head.ts';
import { checkProtection } from './protect-version.ts';
import { verifyVersion } from './verify-version.ts';

/** Hands over events that are in the outbox now; the cron comes for those that nobody was handed. */
type Deliver = (eventIds: readonly string[]) => void;

export interface Workplace {
  readonly db: Db;
  readonly media: R2Bucket;
  readonly masterSecret: string;
  readonly nowMs: number;
  readonly leaseSeconds: number;
  readonly retryAfterSeconds: number;
  readonly deliver: Deliver;
}

type Outcome = EventReceipt['outcome'];

/** What a transcoder reported, applied once and only while its attempt holds the job. */
export async function applyEvent(at: Workplace, event: TranscodeEvent): Promise<Outcome> {
  const job = await findJob(at.db, event.data.jobId);
  if (!job || !checkLease({ ...job, leaseUntilMs: job.leaseUntil }, event.data).ok) return 'stale';
  switch (event.type) {
    case 'transcode.progress':
      return extend(at, job, event.data);
    case 'transcode.playable':
      return publishLowest(at, job, event.data.result);
    case 'transcode.failed':
      return fail(at, job, event.data.failure);
    case 'transcode.completed':
      return complete(at, job, event.data.result);
  }
}

type Progress = Extract<TranscodeEvent, { type: 'transcode.progress' }>['data'];

async function extend(at: Workplace, job: JobRecord, { progress, stage = 'running' }: Progress): Promise<Outcome> {
  const moved = enter(at, job, { type: 'reported', stage });
  if (moved === null) return 'stale';
  const lease = { progress: Math.max(job.progress, progress), ...leaseFrom(at) };
  return (await updateHeldJob(at.db, job, { ...moved, ...lease })) ? 'accepted' : 'stale';
}

async function fail(at: Workplace, job: JobRecord, failure: TranscodeFailure): Promise<Outcome> {
  log('warn', 'transcode_failed', { jobId: job.id, attempt: job.attempt, code: failure.code });
  const { db, nowMs } = at;
  const tries = triesOf(job);
  const moved = enter(at, job, { type: 'failed', failure, tries });
  if (moved === null) return 'stale';
  const over = { fence: null, leaseUntil: null };
  const after = afterFailure(tries, failure);
  if (after.next === 'queued') {
    const given = after.countsAsAttempt
      ? { notBefore: nowMs + retryAfterMs(tries, at.retryAfterSeconds) }
      : { attempt: job.attempt - 1, givenBack: job.givenBack + 1 };
    return (await updateHeldJob(db, job, { ...moved, ...over, ...given })) ? 'accepted' : 'stale';
  }
  const why = { failureCode: after.failure.code, failureDetail: after.failure.detail };
  const told = outboxOf(db, episodeFailed(job, after.failure), nowMs, isHeld(job));
  const alongside = [...told.statements, sweepFailedSource(db, job.id, { nowMs, holds: isHeld(job) })];
  const held = await updateHeldJob(db, job, { ...moved, ...over, ...why }, { alongside });
  if (!held) return 'stale';
  at.deliver([told.eventId]);
  return 'accepted';
}

/** Verified as the whole will be. What is not whole is not published early, and the job goes on. */
async function publishLowest(at: Workplace, job: JobRecord, result: TranscodeResult): Promise<Outcome> {
  const { db, media, nowMs } = at;
  if (!(await updateHeldJob(db, job, { ...leaseFrom(at), updatedAt: nowMs }))) return 'stale';
  if (job.playableVersion === null) return 'accepted';
  const verified = await verifyVersion(media, `a/${job.assetId}/${job.playableVersion}/`, result, null);
  if (!verified.ok || result.protection !== undefined) {
    log('warn', 'playable_refused', { jobId: job.id, reason: verified.ok ? 'protected' : verified.error.detail });
    return 'accepted';
  }
  const told = outboxOf(db, episodePlayable(job, result), nowMs, canBePlayable(job));
  const written = { nowMs, alongside: told.statements, tracks: tracksAsMade(result) };
  if (await publishPlayable(db, job, result, verified.value.sizeBytes, written)) {
    at.deliver([told.eventId]);
    await applyLateCaptions(at, job);
    log('info', 'playable_published', { jobId: job.id, episodeId: job.episodeId, attempt: job.attempt });
  }
  return 'accepted';
}

/** What an error here leaves, the cron does (`sweepCaptions`). */
async function applyLateCaptions({ db, media, nowMs }: Workplace, { episodeId }: JobRecord): Promise<void> {
  await applyCaptions(db, media, episodeId, nowMs).catch((thrown: unknown) =>
    log('warn', 'captions_not_applied', { episodeId, reason: reasonOf(thrown) }),
  );
}

async function complete(at: Workplace, job: JobRecord, result: TranscodeResult): Promise<Outcome> {
  const { db, media, nowMs } = at;
  const moved = enter(at, job, { type: 'completed' });
  // The lease holds while we look: nobody is to be given the job because its verification takes a while.
  if (moved === null || !(await updateHeldJob(db, job, { ...moved, ...leaseFrom(at) }))) return 'stale';
  const verifying = { ...job, phase: 'verifying', state: 'running' } as const;
  const segmentKey = await segmentKeyOf(db, at.masterSecret, job, result);
  if (!segmentKey.ok) return fail(at, verifying, segmentKey.error);
  const verified = await verifyVersion(media, `a/${job.assetId}/${job.version}/`, result, segmentKey.value);
  if (!verified.ok) return fail(at, verifying, verified.error);
  const unprotected = await checkProtection(db, job, result);
  if (unprotected !== null) return fail(at, verifying, unprotected);
  const undubbed = await checkDub(db, job, result);
  if (undubbed !== null) return fail(at, verifying, undubbed);
  const told = outboxOf(db, episodeReady(job, result), nowMs, canPublish(job));
  const { sizeBytes } = verified.value;
  const written = { nowMs, alongside: told.statements, tracks: tracksAsMade(result) };
  const warned = await withLostLanguages(db, job, result);
  if (!(await publishVersion(db, verifying, warned, sizeBytes, written))) return 'stale';
  at.deliver([told.eventId]);
  await applyLateCaptions(at, job);
  log('info', 'version_published', { jobId: job.id, episodeId: job.episodeId, attempt: job.attempt });
  return 'accepted';
}

/** Told on the version that a source makes: what was added to the one before it is not on it. */
async function withLostLanguages(db: Db, job: JobRecord, result: TranscodeResult): Promise<TranscodeResult> {
  if (job.dub !== null) return result;
  const before = (await findCurrentVersion(db, job.episodeId))?.tracks.filter(({ kind }) => kind === 'audio') ?? [];
  const warning = warnOfLostLanguages(before, result.audioTracks ?? []);
  return warning === null ? result : { ...result, warnings: [...result.warnings, warning] };
}

/** What the event changes in the row: a phase that is entered anew goes on the timeline. null: it cannot happen now. */
function enter({ nowMs }: Workplace, job: JobRecord, event: JobEvent) {
  const phase = phaseOf(job);
  const next = nextPhase(phase, event);
  if (!next.ok) return null;
  return next.value === phase ? { updatedAt: nowMs } : entering(next.value, nowMs);
}

function leaseFrom({ nowMs, leaseSeconds }: Workplace) {
  return { leaseUntil: nowMs + leaseSeconds * 1_000 };
}
