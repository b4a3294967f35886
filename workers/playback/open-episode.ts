import { playlistHoldSeconds } from '#core/entitlement/stream-limits.ts';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import type { PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer, countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideForStream, offerToWire, UNAVAILABLE, type EpisodeDecision } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { findPlayableEpisode } from './last-good-catalog.ts';
import { mintForDecision, minterOf, type MintedPass, type Minter } from './mint.ts';
import { missingEpisode } from './missing-episode.ts';
import { startRental } from './start-rental.ts';

export interface OpenedEpisode {
  readonly episode: PlayableEpisode;
  readonly minter: Minter;
  /** null when the viewer may play nothing of it. */
  readonly minted: MintedPass | null;
  /** Why not, with its offers; asked for only where `minted` is null. */
  readonly refusal: () => Promise<Problem>;
}

/** What a viewer who is about to play one episode may have of it: who the token says, or a guest who was just made. */
export async function openEpisode(
  env: PlaybackEnv,
  request: Request,
  episodeId: string,
  guest: ViewerClaims | null = null,
): Promise<Result<OpenedEpisode, Problem>> {
  const nowMs = Date.now();
  const viewer = guest === null ? await timed(request, 'verify', authenticateViewer(env, request, nowMs)) : ok(guest);
  if (!viewer.ok) return viewer;
  const claims = viewer.value;
  const limited = await overLimit(env.VIEWER_REQUESTS, claims.viewerId, RATE_LIMITS.viewerRequests);
  if (limited !== null) return err(limited);
  const episode = await timed(request, 'load', findPlayableEpisode(env.DB, episodeId, nowMs));
  if (!episode) return err(await missingEpisode(env.DB, episodeId));
  const covered = checkEpisode(claims, episode);
  if (!covered.ok) return err(restrictedProblem(covered.error));
  const place = { env, claims, country: countryOf(request), nowMs, isNewViewer: guest !== null };
  const holdSeconds = playlistHoldSeconds(episode.durationSeconds);
  const decided = await timed(request, 'decide', decideForStream(place, [episode], holdSeconds));
  if (!decided.ok) return decided;
  const [found = UNAVAILABLE] = decided.value.decisions;
  // Whoever asks for the playlist is about to play. HEAD gets none, and begins nothing.
  const decision = request.method === 'HEAD' ? found : await startRental(place, episode.id, found);
  const minter = minterOf(place, decided.value);
  const refusal = async (): Promise<Problem> => {
    const asked = { ...place, viewerId: claims.viewerId };
    const [offered = decision] = await withBundleOffers(asked, [episode], [decision]);
    return lockedProblem(offered);
  };
  return ok({ episode, minter, minted: await mintForDecision(minter, episode, decision), refusal });
}

function lockedProblem(decision: EpisodeDecision): Problem {
  if (decision.basis === 'country') return { code: 'country-not-allowed' };
  if (decision.basis === 'unavailable') {
    const detail = 'What this viewer has unlocked could not be read. Try again shortly.';
    return { code: 'temporarily-unavailable', detail, retryAfterSeconds: 2 };
  }
  const offers = decision.access === 'full' ? [] : decision.offers.map(offerToWire);
  return {
    code: 'episode-locked',
    detail: 'Unlock it by one of the offers, then ask for the playlist again.',
    members: { offers },
  };
}
