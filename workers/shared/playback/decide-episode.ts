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
import { VIEWER_OBJECT_PREFIX } from '../viewer/object-name.ts';
import type { StreamOrder, ViewerRpc, ViewerStateReply } from '../viewer/rpc.ts';
import { viewerStateFrom } from '../viewer/state-from-rpc.ts';
import { streamOrder, streamProblem, TOKEN_REVOKED, type StreamVars } from './stream-limits.ts';

/** The object that holds a viewer; its name is the viewer's id, so the two cannot be mixed up. */
export function viewerObject(namespace: DurableObjectNamespace, viewerId: string): ViewerRpc {
  // A stub that has failed stays broken, so each try takes a new one.
  const ask = (method: string, args: unknown[]): Promise<unknown> => {
    const stub = namespace.getByName(`${VIEWER_OBJECT_PREFIX}${viewerId}`) as unknown as Record<string, RpcMethod>;
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

/** Calls that may be tried again: they change nothing, or take a second time what they took the first. */
const VIEWER_READS: ReadonlySet<string> = new Set([
  'state',
  'wallet',
  'ledger',
  'unlocks',
  'earlierUnlock',
  'quote',
  'audit',
  'parkedChargebacks',
  'freeUnlock',
  'autoUnlock',
  'pendingAdjustments',
  'compareLedger',
  'stopLedger',
  'resumeLedger',
  // These change something once, however often they are called.
  'startRental',
  'chargeback',
  'applyMerge',
  'finishMerge',
  'revokedAt',
  'heartbeat',
  'streams',
  'devices',
  'resume',
  'exportAll',
  'erase',
  'finishErasure',
  'tombstone',
]);

type LoadedViewer = ViewerState & RevokedAt & Pick<ViewerStateReply, 'stream' | 'grantsVersion'>;

/** Asks the viewer's object once for all the episodes at hand. */
export async function loadViewerState(
  viewer: ViewerRpc,
  episodeIds: readonly string[],
  nowMs: number,
  stream: StreamOrder | null = null,
): Promise<LoadedViewer> {
  const state = await viewer.state({ episodeIds, nowMs, stream });
  const { revokedAtSeconds, passesRevokedAtSeconds, stream: held, grantsVersion } = state;
  return { ...viewerStateFrom(state), revokedAtSeconds, passesRevokedAtSeconds, stream: held, grantsVersion };
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

export interface DecisionPlace {
  readonly env: DecisionBindings;
  readonly claims: ViewerClaims;
  readonly country: string | null;
  readonly nowMs: number;
  /** Made for this very request, so there is nothing to ask of their object, which would first have to be made. */
  readonly isNewViewer?: boolean;
}

const NEW_VIEWER: LoadedViewer = {
  ...UNKNOWN_VIEWER,
  ...{ revokedAtSeconds: null, passesRevokedAtSeconds: null, stream: null, grantsVersion: '' },
};

/** For a request that lets something play: decides as below, and counts the stream in the same call where streams are limited. */
export async function decideForStream(
  place: DecisionPlace & { readonly env: StreamVars },
  episodes: readonly PlayableEpisode[],
  holdSeconds: number,
): Promise<Result<ViewerDecisions & { readonly isCounted: boolean }, Problem>> {
  const order = streamOrder(place.env, place.claims, holdSeconds);
  if (!order.ok) return order;
  const decided = await decideForViewer(place, episodes, order.value);
  if (!decided.ok) return decided;
  return ok({ ...decided.value, isCounted: order.value !== null && order.value.maxStreams !== null });
}

/** Decides several episodes with one call of the viewer's object. What is free plays on without it, and so do previews. */
export async function decideForViewer(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
  stream: StreamOrder | null = null,
): Promise<Result<ViewerDecisions, Problem>> {
  const nowSeconds = Math.floor(place.nowMs / 1_000);
  const asserted = assertedGrants(place.claims);
  // What the backend itself vouches for needs nothing of ours: an operator with own billing keeps no wallet here.
  const isAsserted =
    stream === null && asserted.length > 0 && episodes.every((episode) => isOpenBy(place, episode, asserted));
  const isNobody = stream === null && place.isNewViewer === true;
  const viewer = isAsserted ? null : isNobody ? NEW_VIEWER : await viewerStateOrNull(place, episodes, stream);
  const { revokedAtSeconds, passesRevokedAtSeconds } = viewer ?? (await revokedAt(place, isAsserted));
  if (isTokenRevoked(place.claims.issuedAtSeconds, revokedAtSeconds)) return err(TOKEN_REVOKED);
  // A limit that could not be checked lets nothing paid play, whoever vouches for it.
  const vouched = viewer === null && stream !== null ? [] : asserted;
  const decisions = episodes.map((episode): EpisodeDecision => {
    const decision = decideEpisode(
      episode,
      withGrants(viewer ?? UNKNOWN_VIEWER, vouched),
      place.country,
      nowSeconds,
      place.claims,
    );
    const isCertain = viewer !== null || decision.access === 'full' || decision.basis === 'country';
    if (isCertain) return decision;
    return decision.access === 'preview' ? { ...decision, basis: 'unavailable', offers: [] } : UNAVAILABLE;
  });
  const refused = stream === null ? null : await refusalOf(place, stream, viewer, decisions);
  return refused === null ? ok({ decisions, passesRevokedAtSeconds }) : err(refused);
}

/** A limit keeps nobody from seeing what is for sale, and what plays nothing takes no place. */
async function refusalOf(
  { env, claims }: DecisionPlace,
  { stream, issuedAtSeconds }: StreamOrder,
  viewer: LoadedViewer | null,
  decisions: readonly EpisodeDecision[],
): Promise<Problem | null> {
  const reply = viewer?.stream ?? null;
  if (reply === null) return null;
  if (decisions.some(({ access }) => access !== 'locked')) return streamProblem(reply);
  if (reply.outcome === 'held' && reply.isNew) {
    const unused = viewerObject(env.VIEWERS, claims.viewerId).endStream({ stream, issuedAtSeconds, onlyUnused: true });
    // If that fails the place comes back when its lease lapses.
    await unused.catch((thrown: unknown) => log('warn', 'stream_not_ended', { reason: reasonOf(thrown) }));
  }
  return null;
}

/** Where the viewer's object does not answer, or need not be asked, D1 knows the revocations of a token's lifetime. */
async function revokedAt(place: DecisionPlace, mayAskViewer: boolean): Promise<RevokedAt> {
  const { env, claims, nowMs } = place;
  try {
    return await findRevocations(env.DB, await hashViewer(env.MASTER_SECRET, claims.viewerId));
  } catch (thrown) {
    if (!mayAskViewer) throw thrown;
    return loadViewerState(viewerObject(env.VIEWERS, claims.viewerId), [], nowMs);
  }
}

async function viewerStateOrNull(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
  stream: StreamOrder | null,
): Promise<LoadedViewer | null> {
  const episodeIds = episodes.map((episode) => episode.id);
  try {
    const viewer = viewerObject(place.env.VIEWERS, place.claims.viewerId);
    return await loadViewerState(viewer, episodeIds, place.nowMs, stream);
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
