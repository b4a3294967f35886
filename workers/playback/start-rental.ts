import {
  UNAVAILABLE,
  viewerObject,
  type DecisionPlace,
  type EpisodeDecision,
} from '#shared/playback/decide-episode.ts';

/** A rental that nobody has played yet: what plays it begins its clock, so nothing is minted on the side. */
export function isUnplayedRental(decision: EpisodeDecision): boolean {
  return decision.access === 'full' && decision.startsRental;
}

/** Begins the clock of a rental, once; the pass then ends with the rental. Any other decision stays as it is. */
export async function startRental(
  { env, claims, nowMs }: DecisionPlace,
  episodeId: string,
  decision: EpisodeDecision,
): Promise<EpisodeDecision> {
  if (decision.access !== 'full' || !decision.startsRental) return decision;
  const started = await viewerObject(env.VIEWERS, claims.viewerId).startRental({ episodeId, nowMs });
  // Given back a moment ago: the next request decides anew.
  if (started === null) return UNAVAILABLE;
  return { ...decision, startsRental: false, untilSeconds: Math.floor(started.untilMs / 1_000) };
}
