import type { EpisodeGraph } from '#core/catalog/graph.ts';
import type { NextContext } from '#core/catalog/next.ts';
import type { DecisionPlace, EpisodeDecision } from '#shared/playback/decide-episode.ts';
import { bucketOf } from './experiment-bucket.ts';

/** What the graph is asked with: the viewer's buckets, and the decisions on the episodes that conditions ask about. */
export async function contextFor(
  graph: EpisodeGraph,
  { env, claims, nowMs }: DecisionPlace,
  decisions: ReadonlyMap<string, EpisodeDecision>,
  choice: string | null,
): Promise<NextContext> {
  const names = new Set([...graph.out.values()].flat().flatMap(({ when }) => when?.experiment?.name ?? []));
  const buckets = new Map<string, number>();
  for (const name of names) buckets.set(name, await bucketOf(env.MASTER_SECRET, claims.viewerId, name));
  return {
    nowMs,
    choice,
    bucketOf: (experiment) => buckets.get(experiment) ?? 0,
    accessTo: (episodeId) => accessOf(decisions.get(episodeId)),
  };
}

/** An episode without a decision is one that this viewer cannot see. */
function accessOf(decision: EpisodeDecision | undefined): 'full' | 'locked' | 'unknown' {
  if (decision?.basis === 'unavailable') return 'unknown';
  return decision?.access === 'full' ? 'full' : 'locked';
}
