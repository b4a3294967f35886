import type { Context } from 'hono';
import type { Decision } from '#core/entitlement/decide.ts';
import type { Problem } from '#core/problem/codes.ts';
import { findPlayableEpisode, type PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { authenticateViewer, countryOf } from '#shared/http/viewer-auth.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { decideEpisode, loadViewerState, UNKNOWN_VIEWER, viewerObject } from '#shared/playback/decide-episode.ts';
import { mintForDecision } from '../mint.ts';
import { multivariantText } from '../playlists.ts';
import { playlistResponse } from './media.ts';

/** `GET /v1/episodes/{episode}/playlist.m3u8`: verify, load, decide, rewrite, answer. */
export async function handlePlaylist(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const viewer = await authenticateViewer(c.env.DB, c.req.raw, nowMs);
  if (!viewer.ok) return problemResponse(viewer.error);
  const episode = await findPlayableEpisode(c.env.DB, c.req.param('episode') ?? '', nowMs);
  if (!episode) return problemResponse({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const decision = await decideForViewer(c.env, c.req.raw, viewer.value.viewerId, episode, nowMs);
  if (decision === null) return problemResponse(VIEWER_UNAVAILABLE);
  const minter = { masterSecret: c.env.MASTER_SECRET, claims: viewer.value, nowSeconds: Math.floor(nowMs / 1_000) };
  const minted = await mintForDecision(minter, episode, decision);
  if (minted === null) return problemResponse(lockedProblem(decision));
  const at = { assetId: episode.assetId, version: episode.version, pass: minted.pass };
  const text = await multivariantText(c.env.MEDIA, at, `${minted.pathPrefix}/`);
  if (text === null) return problemResponse({ code: 'temporarily-unavailable', detail: 'The playlist could not be read.', retryAfterSeconds: 2 });
  return playlistResponse(c.req.raw, text);
}

/** Nothing that is paid is opened on a guess. */
export const VIEWER_UNAVAILABLE: Problem = {
  code: 'temporarily-unavailable',
  detail: 'What this viewer has unlocked could not be read. Try again shortly.',
  retryAfterSeconds: 2,
};

/** null when the decision hangs on the viewer's object and that does not answer; free episodes go on without it. */
async function decideForViewer(
  env: PlaybackEnv,
  request: Request,
  viewerId: string,
  episode: PlayableEpisode,
  nowMs: number,
): Promise<Decision | null> {
  const country = countryOf(request);
  const nowSeconds = Math.floor(nowMs / 1_000);
  try {
    const viewer = await loadViewerState(viewerObject(env.VIEWERS, viewerId), [episode.id], nowMs);
    return decideEpisode(episode, viewer, country, nowSeconds);
  } catch (thrown) {
    log('error', 'viewer_unavailable', { reason: reasonOf(thrown) });
    const decision = decideEpisode(episode, UNKNOWN_VIEWER, country, nowSeconds);
    return decision.access === 'full' || decision.basis === 'country' ? decision : null;
  }
}

export function lockedProblem(decision: Decision): Problem {
  if (decision.access === 'locked' && decision.basis === 'country') return { code: 'country-not-allowed' };
  const offers = decision.access === 'full' ? [] : decision.offers;
  return { code: 'episode-locked', detail: 'Unlock it by one of the offers, then ask for the playlist again.', members: { offers } };
}
