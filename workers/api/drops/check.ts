import { preflight, type DropPolicyTarget, type Missing } from '#core/catalog/preflight.ts';
import { findEpisodes, type EpisodeRecord, type EpisodeView } from '../db/catalog.ts';
import { findGroupIds } from '../db/drops.ts';
import { captionLanguagesOf } from '../db/tracks.ts';
import type { Db } from '../http/context.ts';

/** What a drop would do: as it comes in, and as it is stored. */
export interface DropOrder {
  readonly episodes: readonly string[];
  readonly policies: readonly DropPolicyTarget[];
  readonly captionLanguages: readonly string[];
}

export interface DropReport {
  readonly missing: readonly Missing[];
  /** Those of the drop that are not published yet. */
  readonly unpublished: readonly EpisodeRecord[];
}

/** The pre-flight, with what is there now. */
export async function checkDrop(db: Db, { episodes, policies, captionLanguages }: DropOrder): Promise<DropReport> {
  const idsOf = (scope: DropPolicyTarget['scope']) =>
    policies.filter((each) => each.scope === scope).map(({ id }) => id);
  const [views, series, seasons, captions] = await Promise.all([
    findEpisodes(db, [...new Set([...episodes, ...idsOf('episode')])]),
    findGroupIds(db, 'series', idsOf('series')),
    findGroupIds(db, 'season', idsOf('season')),
    captionLanguages.length === 0 ? new Map<string, readonly string[]>() : captionLanguagesOf(db, episodes),
  ]);
  const found = new Map(
    views.map(({ episode: { id, number }, state }) => [
      id,
      { id, number, state, captionLanguages: captions.get(id) ?? [] },
    ]),
  );
  const there = { series, season: seasons, episode: found };
  const missing = preflight({
    episodeIds: episodes,
    policies,
    requireCaptionLanguages: captionLanguages,
    episodes: found,
    hasTarget: ({ scope, id }) => there[scope].has(id),
  });
  const isNew = ({ episode, state }: EpisodeView): boolean => state !== 'published' && episodes.includes(episode.id);
  return { missing, unpublished: views.filter(isNew).map(({ episode }) => episode) };
}
