import { Hono } from 'hono';
import { checkSeries } from '#core/entitlement/token-restrictions.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { AutoUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';
import { adIntentInput, intentResponse, openIntent } from '../ads/open-intent.ts';
import { readJson } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewer } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';
import { accessOfSeries } from '../series-access.ts';
import { seriesEpisodes } from '../series-catalogue.ts';
import { myPurchaseInput, takePurchase } from '../stores/my-purchase.ts';
import { storeAccount } from '../stores/store-account.ts';
import { autoUnlockInput, autoUnlockToWire } from '../unlock-automatically.ts';
import { walletToWire } from '../unlock-wire.ts';
import { purchaseToWire } from './parked-purchases.ts';
import { getMyResume, putMyResume } from './resume.ts';
import { quoteFor, unlockBy } from './unlock-by.ts';
import { quoteInput, unlockInput } from './unlock-input.ts';

/** The viewer's own, with the viewer token: what a player may do by itself. */
export const meRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

meRoutes.get('/wallet', async (c) => {
  const { viewerId } = await requireViewer(c);
  return c.json(walletToWire(await viewerObject(c.env.VIEWERS, viewerId).wallet({ nowMs: c.var.nowMs })), 200, {
    'Cache-Control': 'private, no-store',
  });
});

/** For an episode grid: what the viewer may play of a series, and what the rest costs. */
meRoutes.get('/access', async (c) => {
  const claims = await requireViewer(c);
  const { nowMs } = c.var;
  const series = await seriesEpisodes(c.env.DB, c.req.query('series') ?? '', nowMs);
  if (series === null)
    throw new ProblemError({ code: 'series-not-found', detail: 'Name one as ?series= (id or slug).' });
  const covered = checkSeries(claims, series);
  if (!covered.ok) throw new ProblemError(restrictedProblem(covered.error));
  const asker = { viewerId: claims.viewerId, claims, country: countryOf(c.req.raw), nowMs };
  return c.json(await accessOfSeries(c.env.VIEWERS, series, asker), 200, { 'Cache-Control': 'private, no-store' });
});

meRoutes.get('/resume', getMyResume);
meRoutes.put('/resume', putMyResume);

meRoutes.post('/unlocks', async (c) => {
  const claims = await requireViewer(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const input = await readJson(c.req.raw, unlockInput);
  return unlockBy(c, input, { ...orderOf(c, claims), idempotencyKey });
});

meRoutes.post('/quotes', async (c) => {
  const claims = await requireViewer(c);
  return quoteFor(c, await readJson(c.req.raw, quoteInput), orderOf(c, claims));
});

/** What the app hands to the store with each purchase, so that the store's own message finds the viewer. */
meRoutes.post('/store-account', async (c) => {
  const { viewerId } = await requireViewer(c);
  return c.json(await storeAccount(c.env, c.var.db, viewerId, c.var.nowMs), 201);
});

/** Needs no Idempotency-Key: the payment's own reference is one. */
meRoutes.post('/purchases', async (c) => {
  const { viewerId } = await requireViewer(c);
  const { db, nowMs } = c.var;
  const input = await readJson(c.req.raw, myPurchaseInput);
  const followed = await takePurchase({ env: c.env, db, viewerId, nowMs }, input);
  const wallet = walletToWire(await viewerObject(c.env.VIEWERS, viewerId).wallet({ nowMs }));
  return c.json({ ...purchaseToWire(followed), wallet }, followed.state === 'parked' ? 202 : 200);
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
  const auto = await viewer.setAutoUnlock({ ...input, nowMs: c.var.nowMs });
  if ('outcome' in auto) throw new ProblemError(mergedProblem(auto));
  return autoUnlockResponse(c, auto);
});

function orderOf(c: ApiContext, claims: ViewerClaims) {
  return { viewerId: claims.viewerId, claims, country: countryOf(c.req.raw), nowMs: c.var.nowMs };
}

function autoUnlockResponse(c: ApiContext, auto: AutoUnlockRecord): Response {
  return c.json(autoUnlockToWire(auto, c.var.nowMs), 200, { 'Cache-Control': 'private, no-store' });
}
