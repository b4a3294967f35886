import type { EpisodeState } from './episode-state.ts';

/** An episode of a drop as it is now. */
export interface DropEpisode {
  readonly id: string;
  readonly number: number;
  readonly state: EpisodeState;
  /** Languages of the captions that its current version has. */
  readonly captionLanguages: readonly string[];
}

export interface DropPolicyTarget {
  readonly scope: 'series' | 'season' | 'episode';
  readonly id: string;
}

/** What a drop would do, and what of it is there. */
export interface DropPlan {
  readonly episodeIds: readonly string[];
  readonly policies: readonly DropPolicyTarget[];
  readonly requireCaptionLanguages: readonly string[];
  readonly episodes: ReadonlyMap<string, DropEpisode>;
  readonly hasTarget: (target: DropPolicyTarget) => boolean;
}

/** Something that a drop lacks. */
export type Missing =
  | { readonly code: 'episode-not-found'; readonly episodeId: string }
  | { readonly code: 'not-transcoded'; readonly episodeId: string; readonly state: EpisodeState }
  | { readonly code: 'captions-missing'; readonly episodeId: string; readonly languages: readonly string[] }
  | { readonly code: 'policy-target-not-found'; readonly scope: DropPolicyTarget['scope']; readonly id: string };

/** Everything that is missing, not only the first: an operator fixes it in one go. Empty = the drop can happen. */
export function preflight(plan: DropPlan): Missing[] {
  const { episodeIds, episodes, policies, hasTarget, requireCaptionLanguages } = plan;
  return [
    ...episodeIds.flatMap((episodeId) => missingOf(episodeId, episodes.get(episodeId), requireCaptionLanguages)),
    ...policies
      .filter((target) => !hasTarget(target))
      .map(({ scope, id }) => ({ code: 'policy-target-not-found' as const, scope, id })),
  ];
}

function missingOf(episodeId: string, episode: DropEpisode | undefined, required: readonly string[]): Missing[] {
  if (episode === undefined) return [{ code: 'episode-not-found', episodeId }];
  const { state, captionLanguages } = episode;
  if (state !== 'ready' && state !== 'published') return [{ code: 'not-transcoded', episodeId, state }];
  const languages = required.filter((language) => !captionLanguages.includes(language));
  return languages.length === 0 ? [] : [{ code: 'captions-missing', episodeId, languages }];
}
