import { decideAccess, type Decision, type ViewerState } from '#core/entitlement/decide.ts';
import { resolvePolicy } from '#core/entitlement/policy.ts';
import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import type { PlayableEpisode } from '../db/playback-catalog.ts';
import type { ViewerRpc } from '../viewer/rpc.ts';

/** The object that holds a viewer; its name is the viewer's id, so the two cannot be mixed up. */
export function viewerObject(namespace: DurableObjectNamespace, viewerId: string): ViewerRpc {
  return namespace.getByName(`viewer:${viewerId}`) as unknown as ViewerRpc;
}

/** Asks the viewer's object once for all the episodes at hand. */
export async function loadViewerState(viewer: ViewerRpc, episodeIds: readonly string[], nowMs: number): Promise<ViewerState> {
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
export const UNKNOWN_VIEWER: ViewerState = { coins: 0, unlockedEpisodeIds: new Set(), grants: [] };

export function decideEpisode(episode: PlayableEpisode, viewer: ViewerState, country: string | null, nowSeconds: number): Decision {
  return decideAccess({ episode, policy: resolvePolicy(episode.policyLevels), viewer, country, nowSeconds });
}

export function decisionToWire(decision: Decision): DecisionWire {
  return {
    access: decision.access,
    basis: decision.basis,
    until: decision.access === 'full' && decision.untilSeconds !== null ? new Date(decision.untilSeconds * 1_000).toISOString() : null,
    previewSeconds: decision.access === 'preview' ? decision.previewSeconds : null,
    offers: decision.access === 'full' ? [] : decision.offers,
  };
}
