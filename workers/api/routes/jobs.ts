import { Hono } from 'hono';
import { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { findJob, listJobs, type JobRecord } from '../db/jobs.ts';
import { validate } from '../http/body.ts';
import { iso, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { readIdCursor, readPage } from '../http/paging.ts';

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
  const job = await findJob(c.var.db, c.req.param('job'));
  if (!job) throw new ProblemError({ code: 'job-not-found' });
  return c.json(jobToWire(job));
});

export function jobToWire(job: JobRecord) {
  return {
    id: job.id,
    episodeId: job.episodeId,
    // A job that a newer upload replaced did not get to its end: to its caller it failed.
    state: job.state === 'superseded' ? 'failed' : job.state,
    progress: job.progress,
    attempts: job.attempt,
    failure: failureOf(job),
    /** What a job that is queued waits for beside a transcoder; null: nothing. */
    phase: job.state === 'queued' ? job.phase : null,
    sourceSizeBytes: job.sourceSizeBytes,
    sourceSha256: job.sourceSha256,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
  };
}

function failureOf(job: JobRecord): { code: string; detail: string } | null {
  if (job.state === 'superseded')
    return { code: 'superseded', detail: 'A newer upload of this episode took its place.' };
  return job.failureCode === null ? null : { code: job.failureCode, detail: job.failureDetail ?? '' };
}
