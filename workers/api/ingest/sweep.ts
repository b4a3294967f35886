import { afterLapse, IMPORT_INTERRUPTED, triesOf } from '#core/ingest/job-machine.ts';
import { log } from '#shared/log.ts';
import { forgetOldEntries } from '../db/audit-log.ts';
import { forgetErased } from '../db/erased-viewers.ts';
import { forgetOldRequests } from '../db/idempotent-requests.ts';
import {
  entering,
  failImports,
  forgetWebhooks,
  isHeld,
  listLapsed,
  updateHeldJob,
  type Alongside,
  type JobRecord,
} from '../db/jobs.ts';
import { forgetSourceKeys } from '../db/key-sources.ts';
import { forgetRevocations } from '../db/keys.ts';
import { sweepFailedSource } from '../db/swept-prefixes.ts';
import { forgetOldEvents } from '../db/webhook-deliveries.ts';
import type { Db } from '../http/context.ts';
import { MAX_IMPORT_MS, MAX_LAPSED_PER_SWEEP, REVOCATION_MEMORY_MS, WEBHOOK_MEMORY_MS } from '../limits.ts';
import { forgetQuarantined } from '../projection/quarantine.ts';
import { episodeFailed } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';

/** Takes jobs back from transcoders that fell silent, ends imports whose Worker did, and forgets what nobody can ask for any more. */
export async function sweep(db: Db, nowMs: number): Promise<void> {
  for (const job of await listLapsed(db, nowMs, MAX_LAPSED_PER_SWEEP)) await takeBack(db, job, nowMs);
  for (const jobId of await failImports(db, nowMs - MAX_IMPORT_MS, IMPORT_INTERRUPTED, nowMs))
    log('warn', 'import_interrupted', { jobId });
  await forgetWebhooks(db, nowMs - WEBHOOK_MEMORY_MS);
  await forgetRevocations(db, nowMs - REVOCATION_MEMORY_MS);
  await forgetSourceKeys(db, nowMs);
  await forgetOldRequests(db, nowMs);
  await forgetOldEntries(db, nowMs);
  await forgetOldEvents(db, nowMs);
  await forgetQuarantined(db, nowMs);
  await forgetErased(db, nowMs);
}

/** Unless the transcoder was heard from since: then it keeps its job. */
async function takeBack(db: Db, job: JobRecord, nowMs: number): Promise<void> {
  const after = afterLapse(triesOf(job));
  const fails = after.next === 'failed' ? after.failure : null;
  const why = fails === null ? {} : { failureCode: fails.code, failureDetail: fails.detail };
  const alongside = fails === null ? [] : whatFollows(db, job, fails, nowMs);
  const change = { ...entering(after.next, nowMs), ...why, fence: null, leaseUntil: null };
  const taken = await updateHeldJob(db, job, change, { lapsedAtMs: nowMs, alongside });
  if (taken) log('warn', 'lease_lapsed', { jobId: job.id, attempt: job.attempt, next: after.next });
}

/** Of a job that has failed: its source is kept for a while, and who listens is told. */
function whatFollows(db: Db, job: JobRecord, failure: { code: string; detail: string }, nowMs: number): Alongside {
  const holds = isHeld(job, nowMs);
  const told = outboxOf(db, episodeFailed(job, failure), nowMs, holds);
  return [...told.statements, sweepFailedSource(db, job.id, { nowMs, holds })];
}
