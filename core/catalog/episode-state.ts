/** What a caller sees of an episode. @see contract.md, "Catalog" */
export type EpisodeState = 'draft' | 'processing' | 'ready' | 'published' | 'failed';

/**
 * The state follows from facts, so that it can never contradict them: an episode that has a playable version keeps it
 * while a new upload is worked on, and when that upload fails.
 */
export function episodeState(facts: {
  readonly hasVersion: boolean;
  readonly isPublished: boolean;
  readonly latestJobState: string | null;
}): EpisodeState {
  if (facts.hasVersion) return facts.isPublished ? 'published' : 'ready';
  switch (facts.latestJobState) {
    case null:
      return 'draft';
    case 'failed':
      return 'failed';
    default:
      return 'processing';
  }
}
