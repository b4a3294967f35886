import type { Context } from 'hono';
import { playlistHoldSeconds } from '#core/entitlement/stream-limits.ts';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer, countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideForStream, offerToWire, UNAVAILABLE, type EpisodeDecision } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { findPlayableEpisode } from '../last-good-catalog.ts';
import { mintForDecision, minterOf } from '../mint.ts';
import { missingEpisode } from '../missing-episode.ts';
import { multivariantText } from '../playlists.ts';
import { startRental } from '../start-rental.ts';
import { playlistResponse } from './media.ts';

/** `GET /v1/episodes/{episode}/playlist.m3u8`: verify, load, decide, rewrite, answer. */
export async function handlePlaylist(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const viewer = await timed(c.req.raw, 'verify', authenticateViewer(c.env, c.req.raw, nowMs));
  if (!viewer.ok) return problemResponse(viewer.error);
  const limited = await overLimit(c.env.VIEWER_REQUESTS, viewer.value.viewerId, RATE_LIMITS.viewerRequests);
  if (limited !== null) return problemResponse(limited);
  const episodeId = c.req.param('episode') ?? '';
  const episode = await timed(c.req.raw, 'load', findPlayableEpisode(c.env.DB, episodeId, nowMs));
  if (!episode) return problemResponse(await missingEpisode(c.env.DB, episodeId));
  const covered = checkEpisode(viewer.value, episode);
  if (!covered.ok) return problemResponse(restrictedProblem(covered.error));
  const place = { env: c.env, claims: viewer.value, country: countryOf(c.req.raw), nowMs };
  const holdSeconds = playlistHoldSeconds(episode.durationSeconds);
  const decided = await timed(c.req.raw, 'decide', decideForStream(place, [episode], holdSeconds));
  if (!decided.ok) return problemResponse(decided.error);
  const [found = UNAVAILABLE] = decided.value.decisions;
  // Whoever asks for the playlist is about to play. HEAD gets none, and begins nothing.
  const decision = c.req.method === 'HEAD' ? found : await startRental(place, episode.id, found);
  const minted = await mintForDecision(minterOf(place, decided.value), episode, decision);
  if (minted === null) {
    const asked = { ...place, viewerId: viewer.value.viewerId };
    const [offered = decision] = await withBundleOffers(asked, [episode], [decision]);
    return problemResponse(lockedProblem(offered));
  }
  const at = { assetId: episode.assetId, version: episode.version, pass: minted.pass };
  const text = await timed(
    c.req.raw,
    'rewrite',
    multivariantText(c.env.MEDIA, at, `${minted.pathPrefix}/`, episode.revision),
  );
  if (text === null)
    return problemResponse({
      code: 'temporarily-unavailable',
      detail: 'The playlist could not be read.',
      retryAfterSeconds: 2,
    });
  return playlistResponse(c.req.raw, text);
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
