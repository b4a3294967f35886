import type { Context } from 'hono';
import { findEpisodeNumber, listPlayableEpisodes } from '#shared/db/playback-catalog.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { authenticateViewer, countryOf } from '#shared/http/viewer-auth.ts';
import { decideEpisode, decisionToWire, loadViewerState, viewerObject } from '#shared/playback/decide-episode.ts';

/** `GET /v1/episodes/{episode}/next`: what comes next and why. The next number of the series, until there is a graph. */
export async function handleNext(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const claims = await authenticateViewer(c.env.DB, c.req.raw, nowMs);
  if (!claims.ok) return problemResponse(claims.error);
  const current = await findEpisodeNumber(c.env.DB, c.req.param('episode') ?? '');
  if (!current) return problemResponse({ code: 'episode-not-found' });
  const [next] = await listPlayableEpisodes(c.env.DB, { seriesId: current.seriesId, fromNumber: current.number + 1, limit: 1, nowMs });
  const headers = { 'Cache-Control': 'private, no-store' };
  if (!next) return c.json({ episode: null, reason: 'end-of-series' }, 200, headers);
  const viewer = await loadViewerState(viewerObject(c.env.VIEWERS, claims.value.viewerId), [next.id], nowMs);
  const decision = decisionToWire(decideEpisode(next, viewer, countryOf(c.req.raw), Math.floor(nowMs / 1_000)));
  const { id, seriesId, number, title, durationSeconds } = next;
  return c.json({ episode: { id, seriesId, number, title, durationSeconds }, reason: 'next-number', decision }, 200, headers);
}
