import type { BundleUnlockWire, UnlockWire } from '#core/catalog/feed-wire.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { PricedRequest, UnlockReply, ViewerRpc } from '#shared/viewer/rpc.ts';
import { IDEMPOTENT_REPLAYED, type ApiContext } from './http/context.ts';
import { mergedProblem } from './http/merged.ts';
import { priceOrder, type PricedOrder } from './price-order.ts';
import { priceQuote } from './quote-order.ts';
import { debitUnlock } from './unlock-automatically.ts';
import { describeWanted, type UnlockCaller, type Wanted } from './unlock-order.ts';
import { purchaseToWire } from './unlock-wire.ts';

export interface Unlocked {
  readonly outcome: 'unlocked' | 'replayed' | 'owned';
  readonly body: UnlockWire | BundleUnlockWire;
}

/** 201 for an unlock and every retry of it, 200 where the viewer owned the episode before. */
export function unlockResponse(c: ApiContext, unlocked: Result<Unlocked, Problem>): Response {
  if (!unlocked.ok) return problemResponse(unlocked.error);
  const { outcome, body } = unlocked.value;
  return c.json(body, outcome === 'owned' ? 200 : 201, outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
}

/** Between the look at the viewer and the debit something may be bought; then the price is found anew. */
const MAX_LOOKS = 3;

/**
 * Buys, or rents: the price is ours, never the caller's. Debit and entitlement are one transaction inside the viewer's
 * object; this only finds out whether it is for sale, and for how much.
 */
export async function placeUnlock(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS'>,
  caller: UnlockCaller,
  wanted: Wanted,
): Promise<Result<Unlocked, Problem>> {
  const { viewerId, idempotencyKey, expectedCoins, nowMs } = caller;
  const viewer = viewerObject(env.VIEWERS, viewerId);
  const request = { idempotencyKey, requestSha256: await sha256Base64url(describeWanted(wanted)), nowMs };
  // A retry is answered as the first time, even when the episode was withdrawn in between.
  const earlier = await viewer.earlierUnlock(request);
  if (earlier !== null) return replyToResult(earlier, null);
  for (let look = 0; look < MAX_LOOKS; look++) {
    const priced = await (wanted.kind === 'quote'
      ? priceQuote(env, caller, wanted.quoteId)
      : priceOrder(env, caller, wanted));
    if (!priced.ok) return priced;
    const { coins } = priced.value;
    if (expectedCoins !== null && coins > 0 && expectedCoins !== coins) {
      const detail = `It costs ${coins} coins now. Nothing was debited.`;
      return err({ code: 'price-changed', detail, members: { coins } });
    }
    const isAuto = wanted.kind === 'episode' && wanted.auto;
    const { grantsVersion } = priced.value;
    const reply = await order(viewer, { ...request, grantsVersion }, priced.value, isAuto);
    if (!reply.ok) return reply;
    if (reply.value.outcome !== 'changed') return replyToResult(reply.value, priced.value);
  }
  return err({ code: 'conflict', detail: 'The viewer is buying this in another place. Nothing was debited here.' });
}

async function order(
  viewer: ViewerRpc,
  request: PricedRequest,
  priced: PricedOrder,
  isAuto: boolean,
): Promise<Result<UnlockReply, Problem>> {
  const { episodes, coins, bundle, rental } = priced;
  if (bundle !== null) return ok(await viewer.unlockBundle({ ...request, episodes, coins, bundle }));
  const episodeId = episodes[0]?.id ?? '';
  if (priced.method === 'coins') return debitUnlock(viewer, { ...request, episodeId, coins }, isAuto);
  const { hours, startWithinHours } = rental ?? { hours: 1, startWithinHours: 1 };
  const startByMs = request.nowMs + startWithinHours * 3_600_000;
  return ok(await viewer.rent({ ...request, episodeId, coins, hours, startByMs }));
}

/** `priced` is null for the answer of an earlier call, which is never one of the two that need it. */
function replyToResult(reply: UnlockReply, priced: PricedOrder | null): Result<Unlocked, Problem> {
  switch (reply.outcome) {
    case 'key-reused':
      return err({ code: 'idempotency-key-reused', detail: 'Use a new key for another unlock.' });
    case 'merged':
      return err(mergedProblem(reply));
    case 'changed':
      return err({ code: 'conflict', detail: 'Nothing was debited. Try again.' });
    case 'insufficient':
      return err(insufficientProblem(reply.balance, priced));
    case 'debt': {
      const detail = `${reply.debtCoins} coins of a payment that was taken back are owed. Nothing was debited.`;
      return err({ code: 'debt-outstanding', detail, members: { debtCoins: reply.debtCoins } });
    }
    case 'unlocked':
    case 'replayed':
    case 'owned':
      return ok({ outcome: reply.outcome, body: purchaseToWire(reply, reply.outcome === 'owned') });
  }
}

function insufficientProblem(balance: number, priced: PricedOrder | null): Problem {
  const coins = priced?.coins ?? 0;
  const price = { coins, balance, shortCoins: Math.max(0, coins - balance) };
  const detail = `It costs ${coins} coins; the viewer has ${balance}.`;
  return { code: 'insufficient-coins', detail, members: { offers: [{ ...offerOf(priced), ...price }], balance } };
}

function offerOf(priced: PricedOrder | null): object {
  if (priced === null || priced.bundle === null) return { method: priced?.method ?? 'coins', ...priced?.rental };
  return { method: 'bundle', episodeCount: priced.episodes.length, ...priced.bundle };
}
