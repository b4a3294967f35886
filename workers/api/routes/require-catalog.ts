import { ProblemError } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import type { ApiContext } from '../http/context.ts';

/** What a path names, or the problem that it is not there. */
export async function requireSeries(c: ApiContext): Promise<catalog.SeriesRecord> {
  return requireSeriesById(c, c.req.param('series') ?? '');
}

export async function requireSeriesById(c: ApiContext, name: string): Promise<catalog.SeriesRecord> {
  const row = await catalog.findSeries(c.var.db, name);
  if (!row) throw new ProblemError({ code: 'series-not-found' });
  return row;
}

/** The id of the season or the arc that the path names, which must be of the path's series. */
export async function requireGroup(c: ApiContext, kind: 'season' | 'arc'): Promise<string> {
  const { id } = await requireSeries(c);
  const groupId = c.req.param(kind) ?? '';
  if (!(await catalog.belongsToSeries(c.var.db, kind, groupId, id)))
    throw new ProblemError({ code: 'not-found', detail: `The series has no such ${kind}.` });
  return groupId;
}

export async function requireEpisode(c: ApiContext): Promise<catalog.EpisodeView> {
  const view = await catalog.findEpisode(c.var.db, c.req.param('episode') ?? '');
  if (!view) throw new ProblemError({ code: 'episode-not-found' });
  return view;
}
