import { Hono } from 'hono';
import { z } from 'zod';
import { REFERENCE_PATTERN } from '#core/ledger/limits.ts';
import { CHARGEBACK_POLICIES } from '#core/ledger/txns.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { chargebackPolicy, closeRevoked } from '../charge-back.ts';
import { readJson } from '../http/body.ts';
import { IDEMPOTENT_REPLAYED, iso, type ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireViewerId } from '../http/guards.ts';
import { mergedProblem } from '../http/merged.ts';
import { mergeViewers } from '../merge-viewers.ts';
import { revokePasses } from '../revoke-passes.ts';
import { walletToWire } from '../unlock-wire.ts';

/** Money that goes back, and viewers that become one. Mounted in viewerRoutes, which asks for the scope. */
export const viewerMoneyRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

const reason = z.string().trim().min(1).max(500);
export const refundInput = z.strictObject({ unlockId: z.string().max(64), reason: reason.nullish() });

viewerMoneyRoutes.post('/:viewerId/refunds', async (c) => {
  const viewerId = requireViewerId(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const input = await readJson(c.req.raw, refundInput);
  const requestSha256 = await sha256Base64url(`refund\n${input.unlockId}`);
  const request = { idempotencyKey, requestSha256, unlockId: input.unlockId, nowMs: c.var.nowMs };
  const reply = await viewerObject(c.env.VIEWERS, viewerId).refund({ ...request, reason: input.reason ?? null });
  switch (reply.outcome) {
    case 'merged':
      return problemResponse(mergedProblem(reply));
    case 'key-reused':
      return problemResponse({ code: 'idempotency-key-reused', detail: 'Use a new key for another refund.' });
    case 'not-found':
      return problemResponse({ code: 'unlock-not-found', detail: 'This viewer has no such unlock.' });
    case 'already-refunded': {
      // The call that did it may have ended before its passes were refused.
      await revokePasses(c.env, viewerId, [reply.episodeId], reply.passesRevokedAtSeconds);
      const members = { endedAt: iso(reply.endedAtMs) };
      return problemResponse({ code: 'already-refunded', detail: 'No coin was given back again.', members });
    }
    case 'refunded':
    case 'replayed': {
      const { createdAtMs, ...refund } = reply.refund;
      // Again for a retry: the call before may have ended between the two.
      await revokePasses(c.env, viewerId, [refund.episodeId], reply.passesRevokedAtSeconds);
      const body = { ...refund, createdAt: iso(createdAtMs), wallet: walletToWire(reply.wallet) };
      return c.json(body, 201, reply.outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
    }
  }
});

export const chargebackInput = z.strictObject({
  reference: z.string().regex(REFERENCE_PATTERN, '1 to 200 visible characters'),
  reason: reason.nullish(),
  policy: z.enum(CHARGEBACK_POLICIES).optional(),
});

viewerMoneyRoutes.post('/:viewerId/chargebacks', async (c) => {
  const viewerId = requireViewerId(c);
  const input = await readJson(c.req.raw, chargebackInput);
  const { reference } = input;
  const policy = input.policy ?? chargebackPolicy(c.env);
  const request = { reference, policy, reason: input.reason ?? null, nowMs: c.var.nowMs };
  const reply = await viewerObject(c.env.VIEWERS, viewerId).chargeback(request);
  switch (reply.outcome) {
    case 'merged':
      return problemResponse(mergedProblem(reply));
    case 'parked':
      return c.json({ state: 'parked', reference, policy }, 202);
    case 'charged-back':
    case 'replayed': {
      const { createdAtMs, ...chargeback } = reply.chargeback;
      await closeRevoked(c.env, viewerId, reply);
      const body = { state: 'applied', ...chargeback, createdAt: iso(createdAtMs), wallet: walletToWire(reply.wallet) };
      return c.json(body, 201, reply.outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
    }
  }
});

export const mergeInput = z.strictObject({ from: z.string().max(64) });

viewerMoneyRoutes.post('/:viewerId/merge', async (c) => {
  const viewerId = requireViewerId(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const { from } = await readJson(c.req.raw, mergeInput);
  const merged = await mergeViewers(c.env, { target: viewerId, guest: from, idempotencyKey, nowMs: c.var.nowMs });
  if (!merged.ok) return problemResponse(merged.error);
  const { merge, wallet, outcome } = merged.value;
  const { createdAtMs, ...rest } = merge;
  const body = { ...rest, createdAt: iso(createdAtMs), wallet: walletToWire(wallet) };
  return c.json(body, 201, outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
});
