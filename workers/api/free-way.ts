import type { FreeUnlockWire } from '#core/catalog/free-ways-wire.ts';
import type { Decision } from '#core/entitlement/decide.ts';
import type { Offer } from '#core/entitlement/offers.ts';
import { assertedGrants, checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { ViewerState } from '#core/entitlement/viewer-state.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { findPlayableEpisode, type PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideEpisode, loadViewerState, viewerObject, withGrants } from '#shared/playback/decide-episode.ts';
import type { FreeUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';
import type { ViewerRpc } from '#shared/viewer/rpc.ts';
import { iso, type ApiContext } from './http/context.ts';
import { walletToWire } from './unlock-wire.ts';

/** Who asks for which episode, without coins. */
export interface FreeOrder {
  readonly viewerId: string;
  readonly episodeId: string;
  readonly country: string | null;
  /** Of the viewer who asks with a token; null when the backend does. */
  readonly claims: ViewerClaims | null;
  readonly nowMs: number;
}

export interface FreeUnlockOrder extends FreeOrder {
  readonly idempotencyKey: string;
}

/** What there is to know before anything is started. */
export interface FreeWay {
  readonly viewer: ViewerRpc;
  readonly episode: PlayableEpisode;
  readonly state: ViewerState;
  readonly decision: Decision;
}

export async function lookAtEpisode(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS'>,
  order: FreeOrder,
): Promise<Result<FreeWay, Problem>> {
  const { viewerId, episodeId, claims, country, nowMs } = order;
  const episode = await findPlayableEpisode(env.DB, episodeId, nowMs);
  if (!episode) return err({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const covered = claims === null ? ok(true as const) : checkEpisode(claims, episode);
  if (!covered.ok) return err(restrictedProblem(covered.error));
  const viewer = viewerObject(env.VIEWERS, viewerId);
  const loaded = await loadViewerState(viewer, [episodeId], nowMs);
  const state = claims === null ? loaded : withGrants(loaded, assertedGrants(claims));
  const decision = decideEpisode(episode, state, country, Math.floor(nowMs / 1_000), claims);
  return ok({ viewer, episode, state, decision });
}

/** The offer of that way in; null where the viewer has come in by it before. */
export function findOffer<M extends 'ad' | 'wait'>(
  { decision }: FreeWay,
  method: M,
): Result<Extract<Offer, { method: M }> | null, Problem> {
  if (decision.access === 'full') {
    if (decision.basis === method) return ok(null);
    const detail = `The viewer may play it already (${decision.basis}). Nothing was started.`;
    return err({ code: 'unlock-not-needed', detail });
  }
  if (decision.basis === 'country') return err({ code: 'country-not-allowed', detail: 'Nothing was started.' });
  const offer = decision.offers.find((each): each is Extract<Offer, { method: M }> => each.method === method);
  const detail = `This episode is not offered by the method "${method}".`;
  return offer === undefined ? err({ code: 'unlock-method-not-offered', detail }) : ok(offer);
}

export const KEY_OF_ANOTHER: Problem = {
  code: 'idempotency-key-reused',
  detail: 'Use a new key for another unlock.',
};

/** A key that bought something starts nothing; returns the hash that goes with it. */
export async function claimKey(
  viewer: ViewerRpc,
  { idempotencyKey, episodeId, nowMs }: FreeUnlockOrder,
  method: 'ad' | 'wait',
): Promise<Result<string, Problem>> {
  const requestSha256 = await sha256Base64url(`unlock\n${episodeId}\n${method}`);
  const earlier = await viewer.earlierUnlock({ idempotencyKey, requestSha256, nowMs });
  if (earlier?.outcome !== 'key-reused') return ok(requestSha256);
  return err(KEY_OF_ANOTHER);
}

/** 200 for what the viewer has, 201 for what this call unlocked, 202 for what is under way. */
export interface FreeAnswer {
  readonly status: 200 | 201 | 202;
  readonly body: object;
}

export function freeResponse(c: ApiContext, answer: Result<FreeAnswer, Problem>): Response {
  return answer.ok ? c.json(answer.value.body, answer.value.status) : problemResponse(answer.error);
}

export async function unlockedAnswer(
  viewer: ViewerRpc,
  unlock: FreeUnlockRecord,
  status: 200 | 201,
  nowMs: number,
): Promise<FreeAnswer> {
  const { id, episodeId, method, createdAtMs } = unlock;
  const body: FreeUnlockWire = {
    id,
    episodeId,
    method,
    coins: 0,
    createdAt: iso(createdAtMs),
    alreadyUnlocked: status === 200,
    wallet: walletToWire(await viewer.wallet({ nowMs })),
  };
  return { status, body };
}
