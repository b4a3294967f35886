import { err, ok, type Result } from '../result.ts';
import { MAX_ATTEMPTS, MAX_GIVEN_BACK } from './limits.ts';
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

/** How often a job was tried, and how often a transcoder gave it back unharmed. */
export interface Tries {
  readonly attempt: number;
  readonly givenBack: number;
}

/** A source that cannot be used fails at once; anything else gets another attempt until there are none left. */
export function afterFailure(tries: Tries, failure: TranscodeFailure): AfterFailure {
  if (failure.code === GIVEN_BACK && tries.givenBack < MAX_GIVEN_BACK)
    return { next: 'queued', countsAsAttempt: false };
  if (failure.retryable && tries.attempt < MAX_ATTEMPTS) return { next: 'queued', countsAsAttempt: true };
  return { next: 'failed', failure: { code: failure.code, detail: failure.detail } };
}

/** An import is not tried again by itself: its Worker ended in the middle, and nobody else can do it. */
export const IMPORT_INTERRUPTED: { readonly code: string; readonly detail: string } = {
  code: 'import-interrupted',
  detail: 'The import ended before it was done. Nothing was changed; send POST /v1/episodes/{episode}/hls again.',
};

/** What becomes of a job whose transcoder fell silent. */
export function afterLapse(tries: Tries): AfterFailure {
  const detail = `The transcoder stopped answering in each of ${MAX_ATTEMPTS} attempts. Look at its logs, then upload the file again.`;
  return afterFailure(tries, { code: 'transcoder-lost', detail, retryable: true });
}
