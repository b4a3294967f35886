import { err, ok, type Result } from '../result.ts';
import { MAX_ATTEMPTS, MAX_GIVEN_BACK, RETRY_AFTER_FACTOR } from './limits.ts';
import type { JobStage, LeaseProof, TranscodeFailure } from './transcoder-protocol.ts';

/**
 * Where a job stands. `pulling`: its source is on the way from a URL. `uploaded`: its source is whole in the bucket. `queued`: a transcoder may lease it. Under a lease:
 * `leased` (the source is fetched and looked at), `probed` (it can be decoded, and is measured), `running` (it is
 * encoded), `uploading`, `verifying` (the edge re-reads what was written). The others are ends.
 */
export const JOB_PHASES = [
  'pulling',
  'uploaded',
  'queued',
  'leased',
  'probed',
  'running',
  'uploading',
  'verifying',
  'published',
  'failed',
  'cancelled',
  'superseded',
] as const;
export type JobPhase = (typeof JOB_PHASES)[number];

/** What callers see; `superseded` is shown as `failed`. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'superseded';

export type JobEvent =
  | { readonly type: 'enqueued' }
  | { readonly type: 'not-pulled' }
  | { readonly type: 'leased' }
  | { readonly type: 'reported'; readonly stage: JobStage }
  | { readonly type: 'completed' }
  | { readonly type: 'verified' }
  | { readonly type: 'failed'; readonly failure: TranscodeFailure; readonly tries: Tries }
  | { readonly type: 'lapsed'; readonly tries: Tries }
  | { readonly type: 'cancelled' }
  | { readonly type: 'superseded' }
  | { readonly type: 'retried' };

/** The event does not happen to a job in this phase: it is late, or a caller asked for what cannot be. */
export type Refused = { readonly reason: 'refused'; readonly phase: JobPhase; readonly event: JobEvent['type'] };

/** In the order in which an attempt goes through them. */
const STAGES: readonly JobPhase[] = ['leased', 'probed', 'running', 'uploading'];
const UNDER_LEASE: readonly JobPhase[] = [...STAGES, 'verifying'];
const OPEN: readonly JobPhase[] = ['pulling', 'uploaded', 'queued', ...UNDER_LEASE];

/** Every transition there is. Who may cause an event (the lease, the caller's scope) is asked before. */
export function nextPhase(phase: JobPhase, event: JobEvent): Result<JobPhase, Refused> {
  const from = (phases: readonly JobPhase[], to: JobPhase): Result<JobPhase, Refused> =>
    phases.includes(phase) ? ok(to) : err({ reason: 'refused', phase, event: event.type });
  switch (event.type) {
    case 'enqueued':
      return from(['pulling', 'uploaded'], 'queued');
    case 'not-pulled':
      return from(['pulling'], 'failed');
    case 'leased':
      return from(['queued'], 'leased');
    case 'reported':
      // Reports overtake one another on the way: an attempt never goes back.
      return from(UNDER_LEASE, UNDER_LEASE.indexOf(phase) > STAGES.indexOf(event.stage) ? phase : event.stage);
    case 'completed':
      // Twice: the sender may have lost our answer, or we our Worker.
      return from(UNDER_LEASE, 'verifying');
    case 'verified':
      return from(['verifying'], 'published');
    case 'failed':
      return from(UNDER_LEASE, afterFailure(event.tries, event.failure).next);
    case 'lapsed':
      return from(UNDER_LEASE, afterLapse(event.tries).next);
    case 'cancelled':
      return from(OPEN, 'cancelled');
    case 'superseded':
      return from(OPEN, 'superseded');
    case 'retried':
      return from(['failed', 'cancelled'], 'queued');
  }
}

export function stateOf(phase: JobPhase): JobState {
  switch (phase) {
    case 'pulling':
    case 'uploaded':
    case 'queued':
      return 'queued';
    case 'leased':
    case 'probed':
    case 'running':
    case 'uploading':
    case 'verifying':
      return 'running';
    case 'published':
      return 'succeeded';
    case 'failed':
    case 'cancelled':
      return 'failed';
    case 'superseded':
      return 'superseded';
  }
}

/** Of a row from before phases were stored, as near as its state tells. */
export function phaseOf({ phase, state }: { readonly phase: JobPhase | null; readonly state: JobState }): JobPhase {
  if (phase !== null && stateOf(phase) === state) return phase;
  return state === 'succeeded' ? 'published' : state;
}

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

/** How often a job was tried since it was queued last, and how often a transcoder gave it back unharmed. */
export interface Tries {
  readonly attempt: number;
  readonly givenBack: number;
}

/** A retry that an operator asked for begins to count anew; the number of the attempt goes on. */
export function triesOf(job: {
  readonly attempt: number;
  readonly attemptBase: number;
  readonly givenBack: number;
}): Tries {
  return { attempt: job.attempt - job.attemptBase, givenBack: job.givenBack };
}

/** How long a job whose attempt failed waits for the next one; what was given back unharmed does not. */
export function retryAfterMs({ attempt }: Tries, firstSeconds: number): number {
  return firstSeconds * 1_000 * RETRY_AFTER_FACTOR ** Math.max(0, attempt - 1);
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

/** To its callers, who know no such state, a job that was cancelled has failed, and this is why. */
export const JOB_CANCELLED: { readonly code: string; readonly detail: string } = {
  code: 'cancelled',
  detail: 'The job was cancelled. POST /v1/jobs/{job}/retry takes it up again.',
};

/** What becomes of a job whose transcoder fell silent. */
export function afterLapse(tries: Tries): AfterFailure {
  const detail = `The transcoder stopped answering in each of ${MAX_ATTEMPTS} attempts. Look at its logs, then have the job tried again with POST /v1/jobs/{job}/retry.`;
  return afterFailure(tries, { code: 'transcoder-lost', detail, retryable: true });
}
