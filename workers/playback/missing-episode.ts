import type { Problem } from '#core/problem/codes.ts';
import { isWithdrawn } from '#shared/db/playback-catalog.ts';

/** Why an episode cannot be played: one that is yet to come looks like none, so that nobody can probe for it. */
export async function missingEpisode(db: D1Database, episodeId: string): Promise<Problem> {
  if (await isWithdrawn(db, episodeId)) return { code: 'episode-withdrawn' };
  return { code: 'episode-not-found', detail: 'It does not exist, or it is not published.' };
}
