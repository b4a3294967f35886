import type { UnlockWire, WalletWire } from '#core/catalog/feed-wire.ts';
import { coinOffer } from '#core/entitlement/offers.ts';
import { assertedGrants, checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { findPlayableEpisode } from '#shared/db/playback-catalog.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideEpisode, loadViewerState, viewerObject, withGrants } from '#shared/playback/decide-episode.ts';
import type { UnlockRecord, UnlockReply, WalletReply } from '#shared/viewer/rpc.ts';
import { IDEMPOTENT_REPLAYED, iso, isoOrNull, type ApiContext } from './http/context.ts';
import { debitUnlock } from './unlock-automatically.ts';

export interface UnlockOrder {
  readonly viewerId: string;
  readonly episodeId: string;
  readonly idempotencyKey: string;
  /** What the caller showed the viewer; another price now means no debit. null = whatever it is. */
  readonly expectedCoins: number | null;
  /** By the player, without asking: only as far as the viewer has allowed it. */
  readonly auto: boolean;
  readonly country: string | null;
  /** Of the viewer who orders with a token; null when the backend orders. */
  readonly claims: ViewerClaims | null;
  readonly nowMs: number;
}

export interface Unlocked {
  readonly outcome: 'unlocked' | 'replayed' | 'owned';
  readonly body: UnlockWire;
}

/** 201 for an unlock and every retry of it, 200 where the viewer owned the episode before. */
export function unlockResponse(c: ApiContext, unlocked: Result<Unlocked, Problem>): Response {
  if (!unlocked.ok) return problemResponse(unlocked.error);
  const { outcome, body } = unlocked.value;
  return c.json(body, outcome === 'owned' ? 200 : 201, outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {});
}

/**
 * Buys one episode: the price is ours, never the caller's. Debit and entitlement are one transaction inside the
 * viewer's object; this only finds out whether the episode is for sale, and for how much.
 */
export async function unlockEpisode(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS'>,
  order: UnlockOrder,
): Promise<Result<Unlocked, Problem>> {
  const { viewerId, episodeId, idempotencyKey, nowMs } = order;
  const viewer = viewerObject(env.VIEWERS, viewerId);
  const requestSha256 = await sha256Base64url(`unlock\n${episodeId}\ncoins${order.auto ? '\nauto' : ''}`);
  // A retry is answered as the first time, even when the episode was withdrawn in between.
  const earlier = await viewer.earlierUnlock({ idempotencyKey, requestSha256, nowMs });
  if (earlier !== null) return replyToResult(earlier, 0);
  const episode = await findPlayableEpisode(env.DB, episodeId, nowMs);
  if (!episode) return err({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const { claims } = order;
  const covered = claims === null ? ok(true as const) : checkEpisode(claims, episode);
  if (!covered.ok) return err(restrictedProblem(covered.error));
  const state = await loadViewerState(viewer, [episodeId], nowMs);
  const known = claims === null ? state : withGrants(state, assertedGrants(claims));
  const decision = decideEpisode(episode, known, order.country, Math.floor(nowMs / 1_000), claims);
  if (decision.access === 'full' && decision.basis !== 'unlock') {
    return err({
      code: 'unlock-not-needed',
      detail: `The viewer may play it already (${decision.basis}). Nothing was debited.`,
    });
  }
  const offer = decision.access === 'full' ? undefined : coinOffer(decision.offers);
  if (decision.basis === 'country') return err({ code: 'country-not-allowed', detail: 'Nothing was debited.' });
  if (decision.access !== 'full' && !offer)
    return err({ code: 'unlock-method-not-offered', detail: 'This episode is not sold for coins.' });
  if (offer && order.expectedCoins !== null && order.expectedCoins !== offer.coins) {
    return err({
      code: 'price-changed',
      detail: `It costs ${offer.coins} coins now. Nothing was debited.`,
      members: { coins: offer.coins },
    });
  }
  const coins = offer?.coins ?? 0;
  const request = { idempotencyKey, requestSha256, episodeId, coins, nowMs };
  const debited = await debitUnlock(viewer, request, order.auto);
  return debited.ok ? replyToResult(debited.value, coins) : debited;
}

function replyToResult(reply: UnlockReply, coins: number): Result<Unlocked, Problem> {
  switch (reply.outcome) {
    case 'key-reused':
      return err({ code: 'idempotency-key-reused', detail: 'Use a new key for another unlock.' });
    case 'insufficient': {
      const short = { method: 'coins', coins, balance: reply.balance, shortCoins: Math.max(0, coins - reply.balance) };
      return err({
        code: 'insufficient-coins',
        detail: `It costs ${coins} coins; the viewer has ${reply.balance}.`,
        members: { offers: [short], balance: reply.balance },
      });
    }
    case 'unlocked':
    case 'replayed':
    case 'owned':
      return ok({
        outcome: reply.outcome,
        body: {
          ...unlockToWire(reply.unlock),
          alreadyUnlocked: reply.outcome === 'owned',
          wallet: walletToWire(reply.wallet),
        },
      });
  }
}

export function unlockToWire(unlock: UnlockRecord) {
  return {
    id: unlock.id,
    episodeId: unlock.episodeId,
    method: 'coins' as const,
    coins: unlock.coins,
    createdAt: iso(unlock.createdAtMs),
  };
}

export function walletToWire(wallet: WalletReply): WalletWire {
  const { coins, paid, bonus } = wallet;
  return {
    coins,
    paid,
    bonus,
    lots: wallet.lots.map(({ kind, remaining, expiresAtMs }) => ({
      kind,
      remaining,
      expiresAt: isoOrNull(expiresAtMs),
    })),
  };
}
