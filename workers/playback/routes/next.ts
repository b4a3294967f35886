import type { Context } from 'hono';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { authenticateViewer, countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideForViewer, decisionToWire, UNAVAILABLE } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { findPlayableEpisode, listPlayableEpisodes } from '../last-good-catalog.ts';

/** `GET /v1/episodes/{episode}/next`: what comes next and why. The next number of the series, until there is a graph. */
export async function handleNext(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const claims = await authenticateViewer(c.env.DB, c.req.raw, nowMs);
  if (!claims.ok) return problemResponse(claims.error);
  const current = await findPlayableEpisode(c.env.DB, c.req.param('episode') ?? '', nowMs);
  if (!current)
    return problemResponse({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const covered = checkEpisode(claims.value, current);
  if (!covered.ok) return problemResponse(restrictedProblem(covered.error));
  const [next] = await listPlayableEpisodes(c.env.DB, {
    seriesId: current.seriesId,
    fromNumber: current.number + 1,
    limit: 1,
    nowMs,
  });
  const headers = { 'Cache-Control': 'private, no-store' };
  const place = { env: c.env, claims: claims.value, country: countryOf(c.req.raw), nowMs };
  const decided = await decideForViewer(place, next ? [next] : []);
  if (!decided.ok) return problemResponse(decided.error);
  if (!next) return c.json({ episode: null, reason: 'end-of-series' }, 200, headers);
  if (!checkEpisode(claims.value, next).ok) return c.json({ episode: null, reason: 'end-of-token' }, 200, headers);
  const asked = { ...place, viewerId: claims.value.viewerId };
  const [offered] = await withBundleOffers(asked, [next], decided.value.decisions);
  const decision = decisionToWire(offered ?? UNAVAILABLE);
  const { id, seriesId, number, title, durationSeconds } = next;
  return c.json(
    { episode: { id, seriesId, number, title, durationSeconds }, reason: 'next-number', decision },
    200,
    headers,
  );
}
