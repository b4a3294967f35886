import type { DecisionWire, OfferWire } from '#core/catalog/feed-wire.ts';
import { decideAccess, type Decision } from '#core/entitlement/decide.ts';
import type { Offer } from '#core/entitlement/offers.ts';
import type { UnavailablePreview } from '#core/entitlement/playback-plan.ts';
import { resolvePolicy } from '#core/entitlement/policy.ts';
import { assertedGrants, narrowPolicy } from '#core/entitlement/token-restrictions.ts';
import { UNKNOWN_VIEWER, type ViewerGrant, type ViewerState } from '#core/entitlement/viewer-state.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { isTokenRevoked } from '#core/token/revocation.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { callBinding, readBinding } from '../binding-call.ts';
import type { PlayableEpisode } from '../db/playback-catalog.ts';
import { findRevocations, type RevokedAt } from '../db/revocations.ts';
import { hashViewer } from '../keys/viewer-hash.ts';
import { log, reasonOf } from '../log.ts';
import type { ViewerRpc } from '../viewer/rpc.ts';
import { viewerStateFrom } from '../viewer/state-from-rpc.ts';

/** The object that holds a viewer; its name is the viewer's id, so the two cannot be mixed up. */
export function viewerObject(namespace: DurableObjectNamespace, viewerId: string): ViewerRpc {
  // A stub that has failed stays broken, so each try takes a new one.
  const ask = (method: string, args: unknown[]): Promise<unknown> => {
    const stub = namespace.getByName(`viewer:${viewerId}`) as unknown as Record<string, RpcMethod>;
    return stub[method]?.(...args) ?? Promise.reject(new Error(`no method ${method}`));
  };
  return new Proxy({} as ViewerRpc, {
    get:
      (_target, method) =>
      (...args: unknown[]) =>
        VIEWER_READS.has(String(method))
          ? readBinding('viewer', () => ask(String(method), args))
          : callBinding('viewer', () => ask(String(method), args)),
  });
}

type RpcMethod = (...args: unknown[]) => Promise<unknown>;

/** Calls that change nothing and may be tried again. */
const VIEWER_READS: ReadonlySet<string> = new Set([
  'state',
  'wallet',
  'ledger',
  'unlocks',
  'earlierUnlock',
  'quote',
  'audit',
  // These change something once, however often they are called.
  'startRental',
  'chargeback',
  'applyMerge',
  'finishMerge',
  'revokedAt',
]);

/** Asks the viewer's object once for all the episodes at hand. */
export async function loadViewerState(
  viewer: ViewerRpc,
  episodeIds: readonly string[],
  nowMs: number,
): Promise<ViewerState & RevokedAt> {
  const state = await viewer.state({ episodeIds, nowMs });
  const { revokedAtSeconds, passesRevokedAtSeconds } = state;
  return { ...viewerStateFrom(state), revokedAtSeconds, passesRevokedAtSeconds };
}

/** A decision that hangs on the viewer's object while that does not answer: nothing paid is opened on a guess. */
export const UNAVAILABLE = { access: 'locked', basis: 'unavailable', offers: [] } as const;

export type EpisodeDecision = Decision | typeof UNAVAILABLE | UnavailablePreview;

interface DecisionBindings {
  readonly DB: D1Database;
  readonly VIEWERS: DurableObjectNamespace;
  readonly MASTER_SECRET: string;
}

export interface ViewerDecisions {
  readonly decisions: readonly EpisodeDecision[];
  /** What the minter of a pass must know, so that the pass outlives the revocation that it came after. */
  readonly passesRevokedAtSeconds: number | null;
}

export const TOKEN_REVOKED: Problem = { code: 'token-revoked', detail: 'Ask your backend for a new viewer token.' };

export interface DecisionPlace {
  readonly env: DecisionBindings;
  readonly claims: ViewerClaims;
  readonly country: string | null;
  readonly nowMs: number;
}

/** Decides several episodes with one call of the viewer's object. What is free plays on without it, and so do previews. */
export async function decideForViewer(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
): Promise<Result<ViewerDecisions, Problem>> {
  const nowSeconds = Math.floor(place.nowMs / 1_000);
  const asserted = assertedGrants(place.claims);
  // What the backend itself vouches for needs nothing of ours: an operator with own billing keeps no wallet here.
  const isAsserted = asserted.length > 0 && episodes.every((episode) => isOpenBy(place, episode, asserted));
  const viewer = isAsserted ? null : await viewerStateOrNull(place, episodes);
  const { revokedAtSeconds, passesRevokedAtSeconds } = viewer ?? (await revokedAtInD1(place));
  if (isTokenRevoked(place.claims.issuedAtSeconds, revokedAtSeconds)) return err(TOKEN_REVOKED);
  const decisions = episodes.map((episode): EpisodeDecision => {
    const decision = decideEpisode(
      episode,
      withGrants(viewer ?? UNKNOWN_VIEWER, asserted),
      place.country,
      nowSeconds,
      place.claims,
    );
    const isCertain = viewer !== null || decision.access === 'full' || decision.basis === 'country';
    if (isCertain) return decision;
    return decision.access === 'preview' ? { ...decision, basis: 'unavailable', offers: [] } : UNAVAILABLE;
  });
  return ok({ decisions, passesRevokedAtSeconds });
}

/** Where the viewer's object does not answer, or need not be asked, D1 knows the revocations of a token's lifetime. */
async function revokedAtInD1({ env, claims }: DecisionPlace): Promise<RevokedAt> {
  return findRevocations(env.DB, await hashViewer(env.MASTER_SECRET, claims.viewerId));
}

async function viewerStateOrNull(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
): Promise<(ViewerState & RevokedAt) | null> {
  const episodeIds = episodes.map((episode) => episode.id);
  try {
    return await loadViewerState(viewerObject(place.env.VIEWERS, place.claims.viewerId), episodeIds, place.nowMs);
  } catch (thrown) {
    log('error', 'viewer_unavailable', { reason: reasonOf(thrown) });
    return null;
  }
}

export function decideEpisode(
  episode: PlayableEpisode,
  viewer: ViewerState,
  country: string | null,
  nowSeconds: number,
  claims: ViewerClaims | null = null,
): Decision {
  const resolved = resolvePolicy(episode.policyLevels);
  const policy = claims === null ? resolved : narrowPolicy(resolved, claims);
  return decideAccess({ episode, policy, viewer, country, nowSeconds });
}

export function withGrants(viewer: ViewerState, grants: readonly ViewerGrant[]): ViewerState {
  return grants.length === 0 ? viewer : { ...viewer, grants: [...viewer.grants, ...grants] };
}

function isOpenBy(place: DecisionPlace, episode: PlayableEpisode, grants: readonly ViewerGrant[]): boolean {
  const viewer = withGrants(UNKNOWN_VIEWER, grants);
  const { access, basis } = decideEpisode(
    episode,
    viewer,
    place.country,
    Math.floor(place.nowMs / 1_000),
    place.claims,
  );
  return access === 'full' && (basis === 'grant' || basis === 'pass');
}

export function decisionToWire(decision: EpisodeDecision): DecisionWire {
  return {
    access: decision.access,
    basis: decision.basis,
    until:
      decision.access === 'full' && decision.untilSeconds !== null
        ? new Date(decision.untilSeconds * 1_000).toISOString()
        : null,
    previewSeconds: decision.access === 'preview' ? decision.previewSeconds : null,
    offers: decision.access === 'full' ? [] : decision.offers.map(offerToWire),
  };
}

export function offerToWire(offer: Offer): OfferWire {
  if (offer.method !== 'wait') return offer;
  const { readyAtSeconds, ...rest } = offer;
  return { ...rest, readyAt: readyAtSeconds === null ? null : new Date(readyAtSeconds * 1_000).toISOString() };
}
