import type { Context } from 'hono';
import type { FeedWire } from '#core/catalog/feed-wire.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, type Result } from '#core/result.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { timed } from '#shared/http/server-timing.ts';
import { askerOf } from '../asker.ts';
import { feedAnswer, HOW_TO_NAME, locate, type FeedQuery } from '../feed-answer.ts';
import { DEFAULT_FEED_LIMIT, MAX_FEED_LIMIT } from '../limits.ts';

/** `GET /v1/feed?series=&after=&limit=&start=`: the next episodes, each with its decision and what it takes to start it. */
export async function handleFeed({ env, req, json }: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const feed = await feedFor(env, req.raw, new URL(req.url).searchParams);
  return feed.ok ? json(feed.value, 200, { 'Cache-Control': 'private, no-store' }) : problemResponse(feed.error);
}

/** For who sends the request, whatever its own query is. */
export async function feedFor(
  env: PlaybackEnv,
  request: Request,
  params: URLSearchParams,
): Promise<Result<FeedWire, Problem>> {
  const asker = await askerOf(env, request);
  if (!asker.ok) return asker;
  const query = parseQuery(params);
  if (query === null)
    return err({ code: 'invalid-request', detail: `limit must be a whole number from 1 to ${MAX_FEED_LIMIT}.` });
  if (query.series === null && query.anchor === null) return err({ code: 'invalid-request', detail: HOW_TO_NAME });
  return await feedAnswer(asker.value, query, await timed(request, 'load', locate(asker.value, query)));
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
