import type { Context } from 'hono';
import type { FeedItemWire } from '#core/catalog/feed-wire.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { UNLOCKED_ITEM_LIMIT_MS } from '../limits.ts';
import { feedFor } from './feed.ts';

/**
 * `POST /v1/me/unlocks?item={episode}`: what the API Worker answers, and with it what `GET /v1/feed?at=&start=` would say
 * of the episode then, so that it goes on without another round trip. The unlock is what was asked for: an item that can
 * not be told is left out, and the feed says why.
 */
export async function handleUnlock({ env, req }: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const answer = await env.API.fetch(req.raw);
  const episodeId = req.query('item');
  if (!answer.ok || !episodeId) return answer;
  const item = await withTimeLimit(UNLOCKED_ITEM_LIMIT_MS, () => itemOf(env, req.raw, episodeId)).catch(
    (thrown: unknown) => {
      log('error', 'item_unavailable', { reason: reasonOf(thrown) });
      return null;
    },
  );
  if (item === null) return answer;
  const unlocked = Response.json({ ...(await answer.json<object>()), item }, answer);
  // It has a media pass in it.
  unlocked.headers.set('Cache-Control', 'private, no-store');
  return unlocked;
}

async function itemOf(env: PlaybackEnv, request: Request, episodeId: string): Promise<FeedItemWire | null> {
  const feed = await feedFor(env, request, new URLSearchParams({ at: episodeId, start: episodeId, limit: '1' }));
  const [item] = feed.ok ? feed.value.items : [];
  // What the feed says while a part of the edge is down is no answer to somebody who has just paid.
  return item?.episode.id === episodeId && item.decision.basis !== 'unavailable' ? item : null;
}
