import { Hono } from 'hono';
import { z } from 'zod';
import { MAX_COINS_PER_OPERATION } from '#core/ledger/limits.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { readJson } from '../http/body.ts';
import { IDEMPOTENT_REPLAYED, iso, type ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireScope, requireViewerId } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';
import { walletToWire } from '../unlock-wire.ts';

/** What a person does to a wallet by hand, and looks at when something is wrong. */
export const viewerAdminRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

export const adjustmentInput = z.strictObject({
  coins: z
    .int()
    .min(-MAX_COINS_PER_OPERATION)
    .max(MAX_COINS_PER_OPERATION)
    .refine((coins) => coins !== 0, 'must not be 0'),
  kind: z.enum(['paid', 'bonus']),
  reason: z.string().trim().min(1).max(500),
  actor: z.string().trim().min(1).max(100),
});

viewerAdminRoutes.post('/:viewerId/adjustments', requireScope('admin'), async (c) => {
  const viewerId = requireViewerId(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const input = await readJson(c.req.raw, adjustmentInput);
  const { coins, kind, reason, actor } = input;
  const requestSha256 = await sha256Base64url(JSON.stringify(['adjustment', coins, kind, reason, actor]));
  const request = { idempotencyKey, requestSha256, nowMs: c.var.nowMs, ...input };
  const reply = await viewerObject(c.env.VIEWERS, viewerId).adjust(request);
  switch (reply.outcome) {
    case 'merged':
      return problemResponse(mergedProblem(reply));
    case 'key-reused':
      return problemResponse({ code: 'idempotency-key-reused', detail: 'Use a new key for another adjustment.' });
    case 'insufficient': {
      const detail = `The viewer has ${reply.balance} ${kind} coins. Nothing was taken.`;
      return problemResponse({ code: 'conflict', detail, members: { balance: reply.balance } });
    }
    case 'adjusted':
    case 'replayed': {
      const { createdAtMs, ...adjustment } = reply.adjustment;
      const body = { ...adjustment, createdAt: iso(createdAtMs), wallet: walletToWire(reply.wallet) };
      return c.json(body, 201, reply.outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
    }
  }
});

/** Proves the viewer's ledger from its rows; no findings is what there should be. And what waits for somebody's look. */
viewerAdminRoutes.get('/:viewerId/audit', requireScope('admin'), async (c) => {
  const viewer = viewerObject(c.env.VIEWERS, requireViewerId(c));
  const [findings, parked] = await Promise.all([viewer.audit(), viewer.parkedChargebacks()]);
  const parkedChargebacks = parked.map(({ createdAtMs, ...rest }) => ({ ...rest, createdAt: iso(createdAtMs) }));
  return c.json({ findings, parkedChargebacks });
});

/** Tells reports the viewer's whole history again; what they have already changes nothing. */
viewerAdminRoutes.post('/:viewerId/projection/rebuild', requireScope('admin'), async (c) => {
  const queued = await viewerObject(c.env.VIEWERS, requireViewerId(c)).rebuildProjection();
  return c.json({ queued }, 202);
});
