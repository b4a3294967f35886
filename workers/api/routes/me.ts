import { Hono } from 'hono';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { countryOf } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { AutoUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';
import { adIntentInput, intentResponse, openIntent } from '../ads/open-intent.ts';
import { readJson } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewer } from '../http/guards.ts';
import { autoUnlockInput, autoUnlockToWire } from '../unlock-automatically.ts';
import { walletToWire } from '../unlock-episode.ts';
import { unlockBy, unlockInput } from './viewers.ts';

/** The viewer's own, with the viewer token: what a player may do by itself. */
export const meRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

meRoutes.get('/wallet', async (c) => {
  const { viewerId } = await requireViewer(c);
  return c.json(walletToWire(await viewerObject(c.env.VIEWERS, viewerId).wallet({ nowMs: c.var.nowMs })), 200, {
    'Cache-Control': 'private, no-store',
  });
});

meRoutes.post('/unlocks', async (c) => {
  const claims = await requireViewer(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const input = await readJson(c.req.raw, unlockInput);
  return unlockBy(c, input, { ...orderOf(c, claims), episodeId: input.episodeId, idempotencyKey });
});

meRoutes.post('/ad-intents', async (c) => {
  const claims = await requireViewer(c);
  const { network = null, episodeId } = await readJson(c.req.raw, adIntentInput);
  return intentResponse(c, await openIntent(c.env, { ...orderOf(c, claims), episodeId, network }));
});

meRoutes.get('/auto-unlock', async (c) => {
  const { viewerId } = await requireViewer(c);
  return autoUnlockResponse(c, await viewerObject(c.env.VIEWERS, viewerId).autoUnlock({ nowMs: c.var.nowMs }));
});

meRoutes.put('/auto-unlock', async (c) => {
  const { viewerId } = await requireViewer(c);
  const input = await readJson(c.req.raw, autoUnlockInput);
  const viewer = viewerObject(c.env.VIEWERS, viewerId);
  return autoUnlockResponse(c, await viewer.setAutoUnlock({ ...input, nowMs: c.var.nowMs }));
});

function orderOf(c: ApiContext, claims: ViewerClaims) {
  return { viewerId: claims.viewerId, claims, country: countryOf(c.req.raw), nowMs: c.var.nowMs };
}

function autoUnlockResponse(c: ApiContext, auto: AutoUnlockRecord): Response {
  return c.json(autoUnlockToWire(auto, c.var.nowMs), 200, { 'Cache-Control': 'private, no-store' });
}
