import type { Context } from 'hono';
import { problemResponse } from '#shared/http/problem.ts';
import { timed } from '#shared/http/server-timing.ts';
import { openEpisode } from '../open-episode.ts';
import { multivariantText } from '../playlists.ts';
import { playlistResponse } from './media.ts';

/** `GET /v1/episodes/{episode}/playlist.m3u8`: verify, load, decide, rewrite, answer. */
export async function handlePlaylist(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const opened = await openEpisode(c.env, c.req.raw, c.req.param('episode') ?? '');
  if (!opened.ok) return problemResponse(opened.error);
  const { episode, minted, refusal } = opened.value;
  if (minted === null) return problemResponse(await refusal());
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
