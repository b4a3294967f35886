import { afterLapse, IMPORT_INTERRUPTED } from '#core/ingest/job-machine.ts';
import { log } from '#shared/log.ts';
import { failImports, forgetWebhooks, listLapsed, updateHeldJob } from '../db/jobs.ts';
import { forgetSourceKeys } from '../db/key-sources.ts';
import { forgetRevocations } from '../db/keys.ts';
import type { Db } from '../http/context.ts';
import { MAX_IMPORT_MS, MAX_LAPSED_PER_SWEEP, REVOCATION_MEMORY_MS, WEBHOOK_MEMORY_MS } from '../limits.ts';

/** Takes jobs back from transcoders that fell silent, ends imports whose Worker did, and forgets webhook ids and revocations of which nothing can be left. */
export async function sweep(db: Db, nowMs: number): Promise<void> {
  for (const job of await listLapsed(db, nowMs, MAX_LAPSED_PER_SWEEP)) {
    const after = afterLapse(job);
    const change =
      after.next === 'queued'
        ? { state: 'queued' as const }
        : { state: 'failed' as const, failureCode: after.failure.code, failureDetail: after.failure.detail };
    const taken = await updateHeldJob(
      db,
      { ...job, leaseUntilMs: job.leaseUntil },
      { ...change, fence: null, leaseUntil: null, updatedAt: nowMs },
      nowMs,
    );
    if (taken) log('warn', 'lease_lapsed', { jobId: job.id, attempt: job.attempt, next: after.next });
  }
  for (const jobId of await failImports(db, nowMs - MAX_IMPORT_MS, IMPORT_INTERRUPTED, nowMs))
    log('warn', 'import_interrupted', { jobId });
  await forgetWebhooks(db, nowMs - WEBHOOK_MEMORY_MS);
  await forgetRevocations(db, nowMs - REVOCATION_MEMORY_MS);
  await forgetSourceKeys(db, nowMs);
}
