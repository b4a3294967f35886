import type { LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { describeCause, describeEdgeFailure, type EdgeClient } from './edge-client.ts';
import { IDLE_POLL_MS, MAX_ERROR_POLL_MS } from './limits.ts';
import { backoffMs, pause } from './retry.ts';
import { type JobContext, type JobEnd, runJob } from './run-job.ts';

export interface PollRequest extends JobContext {
  readonly edge: EdgeClient;
  readonly workerId: string;
}

/** Leases and runs jobs, one at a time, until the shutdown signal: an encode uses every core there is. */
export async function pollLeases(request: PollRequest): Promise<void> {
  const { edge, workerId, shutdown, log } = request;
  let failures = 0;
  let broken = 0;
  while (!shutdown.aborted) {
    const lease = await edge.lease(workerId, shutdown);
    if (shutdown.aborted) return;
    if (!lease.ok) {
      // The first refusal is news, the hundredth is not: one line each time the pause doubles.
      if ((failures & (failures - 1)) === 0) {
        log('warn', 'no lease', { failures: failures + 1, evidence: describeEdgeFailure(lease.error) });
      }
      failures++;
      await pause(IDLE_POLL_MS / 2 + backoffMs(failures, MAX_ERROR_POLL_MS), shutdown);
      continue;
    }
    if (failures > 0) log('info', 'edge answers again', { failures });
    failures = 0;
    if (lease.value === null) await pause(IDLE_POLL_MS, shutdown);
    else {
      // What another attempt may mend may be broken here: whoever else there is has the next job before this one.
      broken = (await runLeased(lease.value, request)) === 'retryable' ? broken + 1 : 0;
      if (broken > 0) {
        log('warn', 'pause after failed jobs', { jobs: broken });
        await pause(backoffMs(broken, MAX_ERROR_POLL_MS), shutdown);
      }
    }
  }
}

/** What even runJob cannot tell the edge, a full disk for one, must not end the service: the lease runs out by itself. */
async function runLeased(job: LeasedJob, request: PollRequest): Promise<JobEnd> {
  try {
    return await runJob(job, request);
  } catch (cause) {
    request.log('error', 'job crashed', { jobId: job.jobId, evidence: describeCause(cause) });
    return 'retryable';
  }
}
