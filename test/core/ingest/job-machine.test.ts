import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterFailure,
  afterLapse,
  checkLease,
  JOB_PHASES,
  nextPhase,
  phaseOf,
  retryAfterMs,
  stateOf,
  type JobEvent,
  type JobPhase,
  type JobSnapshot,
  type JobState,
} from '#core/ingest/job-machine.ts';
import {
  DEFAULT_RETRY_AFTER_SECONDS,
  MAX_ATTEMPTS,
  MAX_GIVEN_BACK,
  MAX_SOURCE_BYTES,
  UPLOAD_PART_BYTES,
} from '#core/ingest/limits.ts';

const JOB: JobSnapshot = { id: 'job_1', state: 'running', attempt: 2, fence: 'fence-2', leaseUntilMs: 1_000 };
const PROOF = { jobId: 'job_1', attempt: 2, fence: 'fence-2' };
const STATES: readonly JobState[] = ['queued', 'running', 'succeeded', 'failed', 'superseded'];

describe('who speaks for a job', () => {
  test('is the attempt that holds it', () => {
    expect(checkLease(JOB, PROOF)).toEqual({ ok: true, value: true });
  });

  test.each([
    ['an older attempt', { ...PROOF, attempt: 1, fence: 'fence-1' }],
    ['an older attempt with the new fence', { ...PROOF, attempt: 1 }],
    ['this attempt with another fence', { ...PROOF, fence: 'fence-1' }],
    ['this attempt with an empty fence', { ...PROOF, fence: '' }],
    ['an attempt that is not yet', { ...PROOF, attempt: 3 }],
  ])('is not %s', (_, proof) => {
    expect(checkLease(JOB, proof)).toEqual({
      ok: false,
      error: { reason: 'lease_lost', state: 'running', attempt: 2 },
    });
  });

  test.each(STATES.filter((state) => state !== 'running'))('is nobody once the job is %s', (state) => {
    expect(checkLease({ ...JOB, state }, PROOF).ok).toBe(false);
    expect(checkLease({ ...JOB, state, fence: null }, PROOF).ok).toBe(false);
  });

  test('is exactly one of any set of proofs', () => {
    const proof = fc.record({
      jobId: fc.constant('job_1'),
      attempt: fc.integer({ min: 1, max: 3 }),
      fence: fc.constantFrom('fence-1', 'fence-2', ''),
    });
    fc.assert(
      fc.property(fc.constantFrom(...STATES), proof, (state, given) => {
        const holds = state === 'running' && given.attempt === 2 && given.fence === 'fence-2';
        expect(checkLease({ ...JOB, state }, given).ok).toBe(holds);
      }),
    );
  });
});

describe('after a failure', () => {
  test.each([
    [true, 1, 'queued'],
    [true, 2, 'queued'],
    [true, 3, 'failed'],
    [true, 4, 'failed'],
    [false, 1, 'failed'],
  ])('(worth another try: %s) attempt %i of three leaves the job %s', (retryable, attempt, next) => {
    const after = afterFailure(
      { attempt, givenBack: 0 },
      { code: 'source-truncated', detail: 'It ends early.', retryable },
    );
    expect(after.next).toBe(next);
    if (after.next === 'failed') expect(after.failure).toEqual({ code: 'source-truncated', detail: 'It ends early.' });
  });

  test('a job always ends: no failure of any kind lets it run more often than it may', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: MAX_ATTEMPTS, maxLength: 10 }), (retryables) => {
        const ended = retryables.findIndex(
          (retryable, index) =>
            afterFailure({ attempt: index + 1, givenBack: 0 }, { code: 'x', detail: 'x', retryable }).next === 'failed',
        );
        expect(ended).toBeGreaterThanOrEqual(0);
        expect(ended).toBeLessThan(MAX_ATTEMPTS);
      }),
    );
  });

  test.each([1, MAX_ATTEMPTS, 99])(
    'a transcoder that gives its job back unharmed costs no attempt, also at attempt %i',
    (attempt) => {
      const stopped = { code: 'worker-stopped', detail: 'The transcoder was stopped.', retryable: true };
      expect(afterFailure({ attempt, givenBack: 0 }, stopped)).toEqual({ next: 'queued', countsAsAttempt: false });
    },
  );

  test('a job that is only ever given back ends all the same', () => {
    const stopped = { code: 'worker-stopped', detail: 'The transcoder was stopped.', retryable: true };
    const after = afterFailure({ attempt: MAX_ATTEMPTS, givenBack: MAX_GIVEN_BACK }, stopped);
    expect(after.next).toBe('failed');
  });

  test('a transcoder that fell silent costs an attempt, and the last one says so in words', () => {
    expect(afterLapse({ attempt: 1, givenBack: 0 })).toEqual({ next: 'queued', countsAsAttempt: true });
    expect(afterLapse({ attempt: MAX_ATTEMPTS, givenBack: 0 })).toMatchObject({
      next: 'failed',
      failure: { code: 'transcoder-lost' },
    });
  });
});

test('the largest source fits into the parts that R2 takes', () => {
  expect(UPLOAD_PART_BYTES).toBeGreaterThanOrEqual(5 * 1024 ** 2);
  expect(MAX_SOURCE_BYTES / UPLOAD_PART_BYTES).toBeLessThanOrEqual(10_000);
});

describe('the next attempt', () => {
  test('begins half a minute after the first failed, and two minutes after the second', () => {
    expect([1, 2].map((attempt) => retryAfterMs({ attempt, givenBack: 0 }, DEFAULT_RETRY_AFTER_SECONDS))).toEqual([
      30_000, 120_000,
    ]);
  });
});

describe('a job’s phase', () => {
  const FIRST = { attempt: 1, givenBack: 0 };
  const LAST = { attempt: MAX_ATTEMPTS, givenBack: 0 };
  const failure = (retryable: boolean) => ({ code: 'encode-failed', detail: 'It stopped.', retryable });
  const EVENTS: readonly (readonly [string, JobEvent])[] = [
    ['enqueued', { type: 'enqueued' }],
    ['not pulled', { type: 'not-pulled' }],
    ['leased', { type: 'leased' }],
    ['reports: leased', { type: 'reported', stage: 'leased' }],
    ['reports: probed', { type: 'reported', stage: 'probed' }],
    ['reports: running', { type: 'reported', stage: 'running' }],
    ['reports: uploading', { type: 'reported', stage: 'uploading' }],
    ['completed', { type: 'completed' }],
    ['verified', { type: 'verified' }],
    ['fails, worth another try', { type: 'failed', failure: failure(true), tries: FIRST }],
    ['fails for the last time', { type: 'failed', failure: failure(true), tries: LAST }],
    ['fails for good', { type: 'failed', failure: failure(false), tries: FIRST }],
    ['lapses', { type: 'lapsed', tries: FIRST }],
    ['lapses for the last time', { type: 'lapsed', tries: LAST }],
    ['cancelled', { type: 'cancelled' }],
    ['superseded', { type: 'superseded' }],
    ['retried', { type: 'retried' }],
  ];

  // One row for each phase, one column for each event, in the order above; `-` is refused.
  const Q = 'queued';
  const F = 'failed';
  const C = 'cancelled';
  const S = 'superseded';
  const TABLE: Readonly<Record<JobPhase, readonly string[]>> = {
    pulling: [Q, F, ...Array.from({ length: 12 }, () => '-'), C, S, '-'],
    uploaded: [Q, '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', C, S, '-'],
    queued: ['-', '-', 'leased', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-', C, S, '-'],
    leased: ['-', '-', '-', 'leased', 'probed', 'running', 'uploading', 'verifying', '-', Q, F, F, Q, F, C, S, '-'],
    probed: ['-', '-', '-', 'probed', 'probed', 'running', 'uploading', 'verifying', '-', Q, F, F, Q, F, C, S, '-'],
    running: ['-', '-', '-', 'running', 'running', 'running', 'uploading', 'verifying', '-', Q, F, F, Q, F, C, S, '-'],
    uploading: [
      '-',
      '-',
      '-',
      ...Array.from({ length: 4 }, () => 'uploading'),
      'verifying',
      '-',
      Q,
      F,
      F,
      Q,
      F,
      C,
      S,
      '-',
    ],
    verifying: ['-', '-', '-', ...Array.from({ length: 5 }, () => 'verifying'), 'published', Q, F, F, Q, F, C, S, '-'],
    published: Array.from({ length: 17 }, () => '-'),
    failed: [...Array.from({ length: 16 }, () => '-'), Q],
    cancelled: [...Array.from({ length: 16 }, () => '-'), Q],
    superseded: Array.from({ length: 17 }, () => '-'),
  };

  test.each(JOB_PHASES)('%s goes on as the table says, whatever happens', (phase) => {
    const outcomes = EVENTS.map(([name, event]) => {
      const next = nextPhase(phase, event);
      return `${name} → ${next.ok ? next.value : '-'}`;
    });
    expect(outcomes).toEqual(EVENTS.map(([name], column) => `${name} → ${TABLE[phase][column]}`));
  });

  test('that was published or taken by a newer upload is its last, whatever is reported in whatever order', () => {
    const events = fc.array(fc.constantFrom(...EVENTS.map(([, event]) => event)), { maxLength: 30 });
    fc.assert(
      fc.property(events, (reported) => {
        let phase: JobPhase = 'uploaded';
        let ended: JobPhase | null = null;
        for (const event of reported) {
          const next = nextPhase(phase, event);
          if (ended !== null) expect(next.ok).toBe(false);
          if (next.ok) phase = next.value;
          if (phase === 'published' || phase === 'superseded') ended = phase;
        }
      }),
    );
  });

  test.each<[JobState, JobPhase]>([
    ['queued', 'queued'],
    ['running', 'running'],
    ['succeeded', 'published'],
    ['failed', 'failed'],
    ['superseded', 'superseded'],
  ])('of a row from before there were phases follows from its state: %s is %s', (state, phase) => {
    expect(phaseOf({ phase: null, state })).toBe(phase);
    // A release before this one changes the state and leaves the phase.
    expect(phaseOf({ phase: state === 'queued' ? 'failed' : 'queued', state })).toBe(phase);
  });

  test('shows to callers as one of the states that they know', () => {
    expect(JOB_PHASES.map((phase) => stateOf(phase))).toEqual([
      ...['queued', 'queued', 'queued', 'running', 'running', 'running', 'running', 'running'],
      ...['succeeded', 'failed', 'failed', 'superseded'],
    ]);
  });
});
