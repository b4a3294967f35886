/** Puts the plan's series on a platform, with as much media as a publication asks for. */
import { randomBytes, randomUUID } from 'node:crypto';
import { call, type Edge, publishEpisode } from '../library.ts';
import type { RungShape } from '../media.ts';
import { LADDER, seriesOf, type EpisodePlan, type SimSeries } from './library.ts';

const RUNGS: readonly RungShape[] = LADDER.map(({ heightPx, bandwidthBps }, index) => ({
  name: `v${index}`,
  width: (heightPx * 9) / 16,
  height: heightPx,
  bandwidthBps,
}));

export async function publishLibrary(
  edge: Edge,
  seriesPlans: readonly (readonly EpisodePlan[])[],
): Promise<SimSeries[]> {
  const library: SimSeries[] = [];
  for (const plans of seriesPlans) library.push(await publishSeries(edge, plans));
  return library;
}

async function publishSeries(edge: Edge, plans: readonly EpisodePlan[]): Promise<SimSeries> {
  const { id } = await call<{ id: string }>(edge, 'POST', '/v1/series', {
    slug: `a-${randomUUID()}`,
    title: 'Audience',
  });
  const episodeIds: string[] = [];
  for (const [position, plan] of plans.entries()) episodeIds.push(await publishOne(edge, id, position + 1, plan));
  // One that is not out: the last that is has nothing to go on to.
  await call(edge, 'POST', `/v1/series/${id}/episodes`, { number: plans.length + 1, title: 'Not out' });
  return seriesOf(id, episodeIds, plans);
}

export function publishOne(edge: Edge, seriesId: string, number: number, plan: Pick<EpisodePlan, 'durationSeconds'>) {
  return publishEpisode(edge, seriesId, number, {
    rungs: RUNGS,
    segmentSeconds: [plan.durationSeconds],
    payload: randomBytes(200),
  });
}
