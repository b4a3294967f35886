import { Hono } from 'hono';
import { planOrder } from '#core/catalog/order.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { listEpisodeIds, renumber } from '../db/graph.ts';
import { readJson } from '../http/body.ts';
import type { ApiVariables } from '../http/context.ts';
import { reorderInput } from './catalog-schemas.ts';
import { requireSeries } from './require-catalog.ts';

export const reorderRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

/** The whole order in one call: viewers see the old one or the new one. */
reorderRoutes.post('/:series/episodes/reorder', async (c) => {
  const { id } = await requireSeries(c);
  const { episodeIds } = await readJson(c.req.raw, reorderInput);
  const planned = planOrder(await listEpisodeIds(c.var.db, id), episodeIds);
  if (!planned.ok)
    throw new ProblemError({
      code: 'invalid-request',
      detail: 'episodeIds: must name each episode of the series exactly once.',
      members: { ...planned.error },
    });
  if (!(await renumber(c.var.db, id, planned.value, c.var.nowMs)))
    throw new ProblemError({ code: 'conflict', detail: 'An episode was added meanwhile. List them and try again.' });
  return c.json({ items: [...planned.value].map(([episodeId, number]) => ({ id: episodeId, number })) });
});
