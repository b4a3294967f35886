import { Hono } from 'hono';
import { z } from 'zod';
import type { DemoSessionWire } from '#core/catalog/feed-wire.ts';
import { DEFAULT_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { randomBytes, sha256Base64url, toBase64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { listSeries } from '../db/catalog.ts';
import { readOptionalJson } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewer } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';
import { issueGuestToken } from '../issue-viewer-token.ts';
import { DEMO_COINS, DEMO_TOP_UP_COINS } from '../limits.ts';
import { walletToWire } from '../unlock-wire.ts';

/** Stands in for an app's backend on the page of `npm start`. Absent (404) unless the deployment sets DEMO to "1". */
export const demoRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

demoRoutes.use(async (c, next) => {
  if (String(c.env.DEMO) !== '1') return problemResponse({ code: 'not-found' });
  return next();
});

export const sessionInput = z.strictObject({ series: z.string().max(80).optional() });

demoRoutes.post('/session', async (c) => {
  const { series } = await readOptionalJson(c.req.raw, sessionInput);
  const viewerId = `guest-${toBase64url(randomBytes(12))}`;
  const [token, [first]] = await Promise.all([
    issueGuestToken(c, viewerId, DEFAULT_TOKEN_TTL_SECONDS),
    series === undefined ? listSeries(c.var.db, '', 1) : [],
    giveCoins(c, viewerId, `welcome-${viewerId}`, DEMO_COINS),
  ]);
  const body: DemoSessionWire = { ...token, series: series ?? first?.slug ?? null };
  return c.json(body, 201, { 'Cache-Control': 'private, no-store' });
});

demoRoutes.post('/coins', async (c) => {
  const { viewerId } = await requireViewer(c);
  const reply = await giveCoins(c, viewerId, `demo-${requireIdempotencyKey(c)}`, DEMO_TOP_UP_COINS);
  if (reply.outcome === 'merged') return problemResponse(mergedProblem(reply));
  return reply.outcome === 'key-reused'
    ? problemResponse({ code: 'idempotency-key-reused' })
    : c.json(walletToWire(reply.wallet), 201);
});

async function giveCoins(c: ApiContext, viewerId: string, idempotencyKey: string, coins: number) {
  const requestSha256 = await sha256Base64url(`demo\n${coins}`);
  const credit = {
    idempotencyKey,
    requestSha256,
    coins,
    kind: 'bonus' as const,
    expiresAtMs: null,
    reference: null,
    nowMs: c.var.nowMs,
  };
  return viewerObject(c.env.VIEWERS, viewerId).credit(credit);
}
