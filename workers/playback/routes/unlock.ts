import type { Context } from 'hono';
import type { FeedItemWire } from '#core/catalog/feed-wire.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { feedAnswer, locate, type FeedAsker, type FeedQuery, type LocatedStart } from '../feed-answer.ts';
import { UNLOCKED_ITEM_LIMIT_MS } from '../limits.ts';

/**
 * `POST /v1/me/unlocks?item={episode}`: what the API Worker answers, and with it what `GET /v1/feed?at=&start=` would say
 * of the episode then, so that it goes on without another round trip. The unlock is what was asked for: an item that can
 * not be told is left out, and the feed says why.
 */
export async function handleUnlock(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const episodeId = c.req.query('item');
  if (episodeId === undefined) return c.env.API.fetch(c.req.raw);
  const query = queryOf(episodeId);
  // Beside the unlock: where the episode is does not hang on it.
  const place = findPlace(c, query).catch(failed);
  const answer = await c.env.API.fetch(c.req.raw);
  if (!answer.ok) return answer;
  const item = await withTimeLimit(UNLOCKED_ITEM_LIMIT_MS, () => itemAt(place, query)).catch(failed);
  if (item === null) return answer;
  const unlock: object = await answer.json();
  const headers = new Headers(answer.headers);
  headers.delete('Content-Length');
  // It has a media pass in it.
  headers.set('Cache-Control', 'private, no-store');
  return new Response(JSON.stringify({ ...unlock, item }), { status: answer.status, headers });
}

interface Place {
  readonly asker: FeedAsker;
  readonly start: LocatedStart | null;
}

function queryOf(episodeId: string): FeedQuery {
  return { series: null, anchor: episodeId, isInclusive: true, limit: 1, starting: episodeId, isResuming: false };
}

async function findPlace(c: Context<{ Bindings: PlaybackEnv }>, query: FeedQuery): Promise<Place | null> {
  const { env } = c;
  const request = c.req.raw;
  const nowMs = Date.now();
  const claims = await timed(request, 'verify', authenticateViewer(env, request, nowMs));
  if (!claims.ok) return null;
  if ((await overLimit(env.VIEWER_REQUESTS, claims.value.viewerId, RATE_LIMITS.viewerRequests)) !== null) return null;
  const asker = { env, request, claims: claims.value, nowMs };
  return { asker, start: await timed(request, 'load', locate(asker, query)) };
}

async function itemAt(found: Promise<Place | null>, query: FeedQuery): Promise<FeedItemWire | null> {
  const place = await found;
  if (place === null) return null;
  const { asker, start } = place;
  // Later than the unlock, or it would not count yet.
  const feed = await feedAnswer({ ...asker, nowMs: Date.now() }, query, start);
  const [item] = feed.ok ? feed.value.items : [];
  if (item?.episode.id !== query.anchor) return null;
  const { decision, playback } = item;
  // What the feed says while a part of the edge is down is no answer to somebody who has just paid.
  const isKnown = decision.basis !== 'unavailable' && (decision.access !== 'full' || playback !== null);
  return isKnown ? item : null;
}

function failed(thrown: unknown): null {
  log('error', 'unlocked_item_unavailable', { reason: reasonOf(thrown) });
  return null;
}
