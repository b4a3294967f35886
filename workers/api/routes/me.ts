import { Hono } from 'hono';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { countryOf } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { readJson } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewer } from '../http/guards.ts';
import { placeUnlock, unlockResponse } from '../place-unlock.ts';
import { makeQuote } from '../quote-order.ts';
import { quoteToWire, walletToWire } from '../unlock-wire.ts';
import { orderedOf, quoteInput, unlockInput, wantedOf } from './unlock-input.ts';

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
  const expectedCoins = input.expectedCoins ?? null;
  const caller = { ...callerOf(c, claims), idempotencyKey, expectedCoins };
  return unlockResponse(c, await placeUnlock(c.env, caller, wantedOf(input)));
});

meRoutes.post('/quotes', async (c) => {
  const claims = await requireViewer(c);
  const input = await readJson(c.req.raw, quoteInput);
  const caller = { ...callerOf(c, claims), idempotencyKey: '', expectedCoins: null };
  const quote = await makeQuote(c.env, caller, orderedOf(input));
  return quote.ok ? c.json(quoteToWire(quote.value), 201) : problemResponse(quote.error);
});

function callerOf(c: ApiContext, claims: ViewerClaims) {
  return { viewerId: claims.viewerId, claims, country: countryOf(c.req.raw), nowMs: c.var.nowMs };
}
