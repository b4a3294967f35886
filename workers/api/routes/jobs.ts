import { Hono } from 'hono';
import { ProblemError } from '#shared/http/problem.ts';
import { findJob, type JobRecord } from '../db/jobs.ts';
import { iso, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';

export const jobRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

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
    sourceSizeBytes: job.sourceSizeBytes,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
  };
}

function failureOf(job: JobRecord): { code: string; detail: string } | null {
  if (job.state === 'superseded')
    return { code: 'superseded', detail: 'A newer upload of this episode took its place.' };
  return job.failureCode === null ? null : { code: job.failureCode, detail: job.failureDetail ?? '' };
}
