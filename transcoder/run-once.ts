import { describeEdgeFailure } from './edge-client.ts';
import { IDLE_POLL_MS, ONCE_NO_EDGE_MS, ONCE_WAIT_MS } from './limits.ts';
import type { PollRequest } from './poll-leases.ts';
import { pause } from './retry.ts';
import { runJob } from './run-job.ts';

/** Exit codes, for what started the process: 0 is done, anything else is worth another try. */
export const ONCE_EXIT = {
  /** A job was done, or there was none. One that failed is done too: the edge knows, and gives it to another instance. */
  done: 0,
  /** The edge did not answer, or in words of a newer release. @see sysexits.h, EX_UNAVAILABLE */
  noEdge: 69,
  /** It was stopped, and the job handed back. @see sysexits.h, EX_TEMPFAIL */
  stopped: 75,
} as const;

/** Takes one job, or none where none comes soon, and ends: for containers that are started for each job. */
export async function runOnce(request: PollRequest): Promise<number> {
  const { edge, workerId, shutdown, log } = request;
  const startedMs = performance.now();
  const waitedMs = (): number => performance.now() - startedMs;
  while (!shutdown.aborted) {
    const lease = await edge.lease(workerId, shutdown);
    if (shutdown.aborted) break;
    if (lease.ok && lease.value !== null) {
      await runJob(lease.value, request);
      return shutdown.aborted ? ONCE_EXIT.stopped : ONCE_EXIT.done;
    }
    if (lease.ok && waitedMs() >= ONCE_WAIT_MS) {
      log('info', 'nothing to do');
      return ONCE_EXIT.done;
    }
    if (!lease.ok && (waitedMs() >= ONCE_NO_EDGE_MS || lease.error.reason === 'not-understood')) {
      log('error', 'no lease', { evidence: describeEdgeFailure(lease.error) });
      return ONCE_EXIT.noEdge;
    }
    await pause(IDLE_POLL_MS, shutdown);
  }
  return ONCE_EXIT.stopped;
}
