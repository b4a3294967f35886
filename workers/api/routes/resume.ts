import { z } from 'zod';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import { findPlayableEpisode } from '#shared/db/playback-catalog.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { restrictedProblem } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { ResumePoint } from '#shared/viewer/rpc.ts';
import { findSeries } from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import { iso, type ApiContext } from '../http/context.ts';
import { requireViewer, requireViewerId } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';

export const resumeInput = z.strictObject({
  episodeId: z.string().max(64),
  /** An episode is minutes; a day is more than any film. */
  positionSeconds: z.number().min(0).max(86_400),
  at: z.iso.datetime({ offset: true }).optional(),
});

/** `PUT /v1/me/resume`: the player says where its viewer is. `at` is when that was; a clock that is ahead is ours. */
export async function putMyResume(c: ApiContext): Promise<Response> {
  const claims = await requireViewer(c);
  const { episodeId, positionSeconds, at } = await readJson(c.req.raw, resumeInput);
  const episode = await findPlayableEpisode(c.env.DB, episodeId, c.var.nowMs);
  if (!episode) throw new ProblemError({ code: 'episode-not-found' });
  const allowed = checkEpisode(claims, episode);
  if (!allowed.ok) throw new ProblemError(restrictedProblem(allowed.error));
  const atMs = at === undefined ? c.var.nowMs : Math.min(Date.parse(at), c.var.nowMs);
  const { seriesId } = episode;
  const viewer = viewerObject(c.env.VIEWERS, claims.viewerId);
  const point = await viewer.setResume({ seriesId, episodeId, positionSeconds, atMs });
  if ('outcome' in point) throw new ProblemError(mergedProblem(point));
  return notKept(answer(c, seriesId, point));
}

/** What is a viewer's own is in no cache; a backend revalidates it, as all that it reads. */
function notKept(response: Response): Response {
  response.headers.set('Cache-Control', 'private, no-store');
  return response;
}

/** `GET /v1/me/resume?series=` */
export async function getMyResume(c: ApiContext): Promise<Response> {
  return notKept(await readResume(c, (await requireViewer(c)).viewerId));
}

/** `GET /v1/viewers/{viewerId}/resume?series=` */
export async function getViewerResume(c: ApiContext): Promise<Response> {
  return readResume(c, requireViewerId(c));
}

async function readResume(c: ApiContext, viewerId: string): Promise<Response> {
  const series = await findSeries(c.var.db, c.req.query('series') ?? '');
  if (!series) throw new ProblemError({ code: 'series-not-found', detail: 'Name it as ?series=, by id or slug.' });
  return answer(c, series.id, await viewerObject(c.env.VIEWERS, viewerId).resume({ seriesId: series.id }));
}

function answer(c: ApiContext, seriesId: string, point: ResumePoint | null): Response {
  const resume = point && {
    seriesId,
    episodeId: point.episodeId,
    positionSeconds: point.positionSeconds,
    at: iso(point.atMs),
  };
  return c.json({ resume });
}
