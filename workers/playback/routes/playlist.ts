import type { Context } from 'hono';
import type { Problem } from '#core/problem/codes.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer, countryOf } from '#shared/http/viewer-auth.ts';
import { decideForViewer, UNAVAILABLE, type EpisodeDecision } from '#shared/playback/decide-episode.ts';
import { findPlayableEpisode } from '../last-good-catalog.ts';
import { mintForDecision } from '../mint.ts';
import { multivariantText } from '../playlists.ts';
import { playlistResponse } from './media.ts';

/** `GET /v1/episodes/{episode}/playlist.m3u8`: verify, load, decide, rewrite, answer. */
export async function handlePlaylist(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const viewer = await timed(c.req.raw, 'verify', authenticateViewer(c.env.DB, c.req.raw, nowMs));
  if (!viewer.ok) return problemResponse(viewer.error);
  const episodeId = c.req.param('episode') ?? '';
  const episode = await timed(c.req.raw, 'load', findPlayableEpisode(c.env.DB, episodeId, nowMs));
  if (!episode)
    return problemResponse({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const place = { viewers: c.env.VIEWERS, viewerId: viewer.value.viewerId, country: countryOf(c.req.raw), nowMs };
  const [decision = UNAVAILABLE] = await timed(c.req.raw, 'decide', decideForViewer(place, [episode]));
  const minter = { masterSecret: c.env.MASTER_SECRET, claims: viewer.value, nowSeconds: Math.floor(nowMs / 1_000) };
  const minted = await mintForDecision(minter, episode, decision);
  if (minted === null) return problemResponse(lockedProblem(decision));
  const at = { assetId: episode.assetId, version: episode.version, pass: minted.pass };
  const text = await timed(c.req.raw, 'rewrite', multivariantText(c.env.MEDIA, at, `${minted.pathPrefix}/`));
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
  const offers = decision.access === 'full' ? [] : decision.offers;
  return {
    code: 'episode-locked',
    detail: 'Unlock it by one of the offers, then ask for the playlist again.',
    members: { offers },
  };
}
