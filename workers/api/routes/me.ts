import { Hono } from 'hono';
import { countryOf } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { readJson } from '../http/body.ts';
import type { ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewer } from '../http/guards.ts';
import { unlockEpisode, unlockResponse, walletToWire } from '../unlock-episode.ts';
import { getMyResume, putMyResume } from './resume.ts';
import { unlockInput } from './viewers.ts';

/** The viewer's own, with the viewer token: what a player may do by itself. */
export const meRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

meRoutes.get('/wallet', async (c) => {
  const { viewerId } = await requireViewer(c);
  return c.json(walletToWire(await viewerObject(c.env.VIEWERS, viewerId).wallet({ nowMs: c.var.nowMs })), 200, {
    'Cache-Control': 'private, no-store',
  });
});

meRoutes.get('/resume', getMyResume);
meRoutes.put('/resume', putMyResume);

meRoutes.post('/unlocks', async (c) => {
  const claims = await requireViewer(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const { episodeId, expectedCoins } = await readJson(c.req.raw, unlockInput);
  const order = {
    viewerId: claims.viewerId,
    claims,
    episodeId,
    idempotencyKey,
    expectedCoins: expectedCoins ?? null,
    country: countryOf(c.req.raw),
    nowMs: c.var.nowMs,
  };
  return unlockResponse(c, await unlockEpisode(c.env, order));
});
