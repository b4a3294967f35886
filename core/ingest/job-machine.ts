import { err, ok, type Result } from '../result.ts';
import type { LeaseProof, TranscodeFailure } from './transcoder-protocol.ts';

/** `leased` and `running` show as `running` to callers; a lease that lapses puts the job back to `queued`. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'superseded';

export interface JobSnapshot {
  readonly id: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly fence: string | null;
  readonly leaseUntilMs: number | null;
}

export type LeaseDenial = { readonly reason: 'lease_lost'; readonly state: JobState; readonly attempt: number };

/** Only the attempt that holds the lease may speak for the job: a late one is told so and changes nothing. */
export function checkLease(job: JobSnapshot, proof: LeaseProof): Result<true, LeaseDenial> {
  const holds = job.state === 'running' && job.attempt === proof.attempt && job.fence === proof.fence;
  return holds ? ok(true) : err({ reason: 'lease_lost', state: job.state, attempt: job.attempt });
}

export type AfterFailure =
  /** `countsAsAttempt` is false where the transcoder gave the job back unharmed, as it does when it is stopped. */
  | { readonly next: 'queued'; readonly countsAsAttempt: boolean }
  | { readonly next: 'failed'; readonly failure: { readonly code: string; readonly detail: string } };

/** What a transcoder reports when it is told to stop: three deployments in a row must not fail a job. */
const GIVEN_BACK = 'worker-stopped';

/** A source that cannot be used fails at once; anything else gets another attempt until there are none left. */
export function afterFailure(attempt: number, maxAttempts: number, failure: TranscodeFailure): AfterFailure {
  if (failure.code === GIVEN_BACK) return { next: 'queued', countsAsAttempt: false };
  if (failure.retryable && attempt < maxAttempts) return { next: 'queued', countsAsAttempt: true };
  return { next: 'failed', failure: { code: failure.code, detail: failure.detail } };
}

/** What becomes of a job whose transcoder fell silent. */
export function afterLapse(attempt: number, maxAttempts: number): AfterFailure {
  const detail = `The transcoder stopped answering in each of ${maxAttempts} attempts. Look at its logs, then upload the file again.`;
  return afterFailure(attempt, maxAttempts, { code: 'transcoder-lost', detail, retryable: true });
}
