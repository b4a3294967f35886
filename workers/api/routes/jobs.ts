import { Hono } from 'hono';
import { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { nextPhase, phaseOf } from '#core/ingest/job-machine.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { retryJob } from '../db/job-order.ts';
import { cancelJob, findJob, findWarnings, listJobs, type JobRecord } from '../db/jobs.ts';
import { readOptionalJson, validate } from '../http/body.ts';
import { iso, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage } from '../http/paging.ts';
import { noInput } from './catalog-schemas.ts';

export const jobRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

export const jobState = z.enum(['queued', 'running', 'succeeded', 'failed']);

export const jobQuery = z.object({
  state: jobState.optional(),
  episode: z.string().regex(ID_PATTERN, 'an episode’s id').describe('Only those of this episode.').optional(),
});

/** The newest first: what waits, what is at work, what went wrong. */
jobRoutes.get('/', requireScope('ingest'), async (c) => {
  const { cursor, limit } = readPage(c);
  const { state, episode = null } = validate(jobQuery, {
    state: c.req.query('state'),
    episode: c.req.query('episode'),
  });
  const page = { states: statesOf(state), episodeId: episode, beforeId: readIdCursor(cursor), limit: limit + 1 };
  const rows = await listJobs(c.var.db, page);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(jobToWire),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

function statesOf(state: z.infer<typeof jobState> | undefined): JobRecord['state'][] | null {
  if (state === undefined) return null;
  return state === 'failed' ? ['failed', 'superseded'] : [state];
}

jobRoutes.get('/:job', requireScope('ingest'), async (c) => {
  const job = await requireJob(c);
  return c.json(jobWithTimeline(job, await findWarnings(c.var.db, job)));
});

/** The transcoder that has it stops at its next report; nothing of it is published. */
jobRoutes.post('/:job/cancel', requireScope('ingest'), idempotent(), async (c) => {
  await readOptionalJson(c.req.raw, noInput);
  const job = await requireJob(c);
  const cancelled = await cancelJob(c.var.db, job.id, c.var.nowMs);
  if (cancelled) return c.json(jobWithTimeline(cancelled));
  const ended = await requireJob(c);
  if (phaseOf(ended) === 'cancelled') return c.json(jobWithTimeline(ended));
  const { state } = jobToWire(ended);
  throw new ProblemError({ code: 'job-ended', detail: `The job has ${state} before.`, members: { state } });
});

jobRoutes.post('/:job/retry', requireScope('ingest'), idempotent(), async (c) => {
  await readOptionalJson(c.req.raw, noInput);
  const job = await requireJob(c);
  const cannot = whyNotAgain(job) ?? ((await c.env.MEDIA.head(job.sourceKey)) ? null : SOURCE_GONE);
  if (cannot !== null) throw new ProblemError({ code: 'conflict', detail: cannot });
  const retried = await retryJob(c.var.db, job, c.var.nowMs);
  if (!retried) throw new ProblemError({ code: 'conflict', detail: NEWER });
  return c.json(jobWithTimeline(retried), 202);
});

const SOURCE_GONE = 'The source of this job is no longer stored. Upload it again.';
const NEWER = 'A newer upload of this episode has taken the place of this job.';

function whyNotAgain(job: JobRecord): string | null {
  const phase = phaseOf(job);
  if (phase === 'superseded') return NEWER;
  if (!nextPhase(phase, { type: 'retried' }).ok) return `The job has not failed: it is ${phase}.`;
  if (job.sourceSizeBytes === 0) return 'The source of this job never came. Send it, or its URL, again.';
  return job.sourceKey.startsWith('s/') ? null : 'An import is sent again as POST /v1/episodes/{episode}/hls.';
}

async function requireJob(c: ApiContext): Promise<JobRecord> {
  const job = await findJob(c.var.db, c.req.param('job') ?? '');
  if (!job) throw new ProblemError({ code: 'job-not-found' });
  return job;
}

export function jobToWire(job: JobRecord) {
  return {
    id: job.id,
    episodeId: job.episodeId,
    kind: job.dub === null ? ('source' as const) : ('dub' as const),
    dub: job.dub && { language: job.dub.language, isMachineGenerated: job.dub.isMachineGenerated },
    // A job that a newer upload replaced did not get to its end: to its caller it failed.
    state: job.state === 'superseded' ? 'failed' : job.state,
    phase: phaseOf(job),
    progress: job.progress,
    attempts: job.attempt,
    failure: failureOf(job),
    sourceSizeBytes: job.sourceSizeBytes,
    sourceSha256: job.sourceSha256,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
  };
}

interface JobWarning {
  readonly code: string;
  readonly detail: string;
}

/** With when it came to which phase, and what the transcoder noticed about a source that became a version. */
export function jobWithTimeline(job: JobRecord, warnings: readonly JobWarning[] = []) {
  const timeline = job.timeline.map(({ phase, attempt, at }) => ({ phase, attempt, at: iso(at) }));
  return { ...jobToWire(job), timeline, warnings };
}

function failureOf(job: JobRecord): { code: string; detail: string } | null {
  if (job.state === 'superseded')
    return { code: 'superseded', detail: 'A newer upload of this episode took its place.' };
  return job.failureCode === null ? null : { code: job.failureCode, detail: job.failureDetail ?? '' };
}
