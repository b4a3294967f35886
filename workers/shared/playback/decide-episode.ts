import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import { decideAccess, type Decision, type ViewerState } from '#core/entitlement/decide.ts';
import type { UnavailablePreview } from '#core/entitlement/playback-plan.ts';
import { resolvePolicy } from '#core/entitlement/policy.ts';
import { callBinding, readBinding } from '../binding-call.ts';
import type { PlayableEpisode } from '../db/playback-catalog.ts';
import { log, reasonOf } from '../log.ts';
import type { ViewerRpc } from '../viewer/rpc.ts';

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
const VIEWER_READS: ReadonlySet<string> = new Set(['state', 'wallet', 'ledger', 'unlocks', 'earlierUnlock']);

/** Asks the viewer's object once for all the episodes at hand. */
export async function loadViewerState(
  viewer: ViewerRpc,
  episodeIds: readonly string[],
  nowMs: number,
): Promise<ViewerState> {
  const state = await viewer.state({ episodeIds, nowMs });
  return {
    coins: state.coins,
    unlockedEpisodeIds: new Set(state.unlockedEpisodeIds),
    grants: state.grants.map(({ scope, targetId, pass, expiresAtMs }) => ({
      scope,
      targetId,
      pass,
      expiresAtSeconds: expiresAtMs === null ? null : Math.floor(expiresAtMs / 1_000),
    })),
  };
}

/** A viewer of whom nothing is known: what a decision may rest on when the viewer's object does not answer. */
const UNKNOWN_VIEWER: ViewerState = { coins: 0, unlockedEpisodeIds: new Set(), grants: [] };

/** A decision that hangs on the viewer's object while that does not answer: nothing paid is opened on a guess. */
export const UNAVAILABLE = { access: 'locked', basis: 'unavailable', offers: [] } as const;

export type EpisodeDecision = Decision | typeof UNAVAILABLE | UnavailablePreview;

export interface DecisionPlace {
  readonly viewers: DurableObjectNamespace;
  readonly viewerId: string;
  readonly country: string | null;
  readonly nowMs: number;
}

/** Decides several episodes with one call of the viewer's object. What is free plays on without it, and so do previews. */
export async function decideForViewer(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
): Promise<EpisodeDecision[]> {
  const nowSeconds = Math.floor(place.nowMs / 1_000);
  const viewer = await viewerStateOrNull(place, episodes);
  return episodes.map((episode) => {
    const decision = decideEpisode(episode, viewer ?? UNKNOWN_VIEWER, place.country, nowSeconds);
    const isCertain = viewer !== null || decision.access === 'full' || decision.basis === 'country';
    if (isCertain) return decision;
    return decision.access === 'preview' ? { ...decision, basis: 'unavailable', offers: [] } : UNAVAILABLE;
  });
}

async function viewerStateOrNull(
  place: DecisionPlace,
  episodes: readonly PlayableEpisode[],
): Promise<ViewerState | null> {
  const episodeIds = episodes.map((episode) => episode.id);
  try {
    return await loadViewerState(viewerObject(place.viewers, place.viewerId), episodeIds, place.nowMs);
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
): Decision {
  return decideAccess({ episode, policy: resolvePolicy(episode.policyLevels), viewer, country, nowSeconds });
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
    offers: decision.access === 'full' ? [] : decision.offers,
  };
}
