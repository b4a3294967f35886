import { Hono } from 'hono';
import { z } from 'zod';
import { MAX_COINS_PER_OPERATION } from '#core/ledger/limits.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { AdjustmentReply, PendingAdjustment } from '#shared/viewer/adjustments-rpc.ts';
import { readJson } from '../http/body.ts';
import { IDEMPOTENT_REPLAYED, iso, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireScope, requireViewerId } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';
import { walletToWire } from '../unlock-wire.ts';
import { getReconciliation, putReconciliation } from './reconciliation.ts';

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
  const apiKeyId = c.var.apiKeyId ?? '';
  const approvalCoins = readApprovalCoins(c.env.ADJUSTMENT_APPROVAL_COINS);
  const request = { idempotencyKey, requestSha256, nowMs: c.var.nowMs, ...input, apiKeyId, approvalCoins };
  const reply = await viewerObject(c.env.VIEWERS, viewerId).adjust(request);
  switch (reply.outcome) {
    case 'merged':
      return problemResponse(mergedProblem(reply));
    case 'key-reused':
      return problemResponse({ code: 'idempotency-key-reused', detail: 'Use a new key for another adjustment.' });
    case 'pending': {
      const location = `/v1/viewers/${viewerId}/adjustments/${reply.pending.id}`;
      return c.json(pendingToWire(reply.pending), 202, { Location: location });
    }
    case 'insufficient':
    case 'adjusted':
    case 'replayed':
      return postedResponse(c, reply);
  }
});

/** Null only for `0`: a threshold that does not parse must not switch the second key off. */
function readApprovalCoins(text: string): number | null {
  if (!/^\d{1,15}$/.test(text)) throw new Error('ADJUSTMENT_APPROVAL_COINS is not a whole number');
  return Number(text) || null;
}

function postedResponse(
  c: ApiContext,
  reply: Extract<AdjustmentReply, { outcome: 'adjusted' | 'replayed' | 'insufficient' }>,
): Response {
  if (reply.outcome === 'insufficient') {
    const detail = `The viewer has ${reply.balance} coins of this kind. Nothing was taken.`;
    return problemResponse({ code: 'conflict', detail, members: { balance: reply.balance } });
  }
  const { createdAtMs, ...adjustment } = reply.adjustment;
  const body = { ...adjustment, createdAt: iso(createdAtMs), wallet: walletToWire(reply.wallet) };
  return c.json(body, 201, reply.outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
}

/** Those that needed a second key, whatever became of them; the newest hundred. */
viewerAdminRoutes.get('/:viewerId/adjustments', requireScope('admin'), async (c) => {
  const { nowMs } = c.var;
  const pending = await viewerObject(c.env.VIEWERS, requireViewerId(c)).pendingAdjustments({ nowMs });
  return c.json({ items: pending.map(pendingToWire), nextCursor: null });
});

viewerAdminRoutes.post('/:viewerId/adjustments/:adjustment/approve', requireScope('admin'), (c) => decide(c, true));
viewerAdminRoutes.delete('/:viewerId/adjustments/:adjustment', requireScope('admin'), (c) => decide(c, false));

async function decide(c: ApiContext, isApproved: boolean): Promise<Response> {
  const { nowMs, apiKeyId } = c.var;
  const decision = { id: c.req.param('adjustment') ?? '', apiKeyId: apiKeyId ?? '', isApproved, nowMs };
  const reply = await viewerObject(c.env.VIEWERS, requireViewerId(c)).decideAdjustment(decision);
  switch (reply.outcome) {
    case 'merged':
      return problemResponse(mergedProblem(reply));
    case 'not-found':
      return problemResponse({ code: 'not-found', detail: 'This viewer has no such correction.' });
    case 'own':
      return problemResponse({
        code: 'second-approver-needed',
        detail: 'The key that asked for it cannot approve it.',
      });
    case 'not-pending': {
      const { state } = reply;
      return problemResponse({ code: 'adjustment-not-pending', detail: `It is ${state}.`, members: { state } });
    }
    case 'rejected':
      return c.body(null, 204);
    case 'insufficient':
    case 'adjusted':
    case 'replayed':
      return postedResponse(c, reply);
  }
}

function pendingToWire({ createdAtMs, expiresAtMs, ...pending }: PendingAdjustment) {
  return { ...pending, createdAt: iso(createdAtMs), expiresAt: iso(expiresAtMs) };
}

viewerAdminRoutes.get('/:viewerId/reconciliation', requireScope('admin'), getReconciliation);
viewerAdminRoutes.put('/:viewerId/reconciliation', requireScope('admin'), putReconciliation);

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
