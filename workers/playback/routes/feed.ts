import type { Context } from 'hono';
import { problemResponse } from '#shared/http/problem.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';
import { feedAnswer, locate, type FeedQuery } from '../feed-answer.ts';
import { DEFAULT_FEED_LIMIT, MAX_FEED_LIMIT } from '../limits.ts';

/** `GET /v1/feed?series=&after=&limit=&start=`: the next episodes, each with its decision and what it takes to start it. */
export async function handleFeed(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const request = c.req.raw;
  const claims = await timed(request, 'verify', authenticateViewer(c.env, request, nowMs));
  if (!claims.ok) return problemResponse(claims.error);
  const limited = await overLimit(c.env.VIEWER_REQUESTS, claims.value.viewerId, RATE_LIMITS.viewerRequests);
  if (limited !== null) return problemResponse(limited);
  const query = parseQuery(new URL(c.req.url).searchParams);
  if (query === null)
    return problemResponse({
      code: 'invalid-request',
      detail: `limit must be a whole number from 1 to ${MAX_FEED_LIMIT}.`,
    });
  if (query.series === null && query.anchor === null)
    return problemResponse({
      code: 'invalid-request',
      detail: 'Name a series as ?series= (id or slug), or an episode to go on from as ?after=.',
    });
  const asker = { env: c.env, request, claims: claims.value, nowMs };
  const answer = await feedAnswer(asker, query, await timed(request, 'load', locate(asker, query)));
  if (!answer.ok) return problemResponse(answer.error);
  return c.json(answer.value, 200, { 'Cache-Control': 'private, no-store' });
}

function parseQuery(params: URLSearchParams): FeedQuery | null {
  const limit = params.get('limit') ?? String(DEFAULT_FEED_LIMIT);
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_FEED_LIMIT) return null;
  const at = params.get('at');
  return {
    series: params.get('series'),
    anchor: at ?? params.get('after') ?? params.get('cursor'),
    isInclusive: at !== null,
    limit: Number(limit),
    starting: params.get('start'),
    isResuming: params.get('resume') === '1',
  };
}
