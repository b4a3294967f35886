import { sql } from 'drizzle-orm';
import { withoutAudioRendition } from '#core/playlist/audio-renditions.ts';
import { multivariantName } from '#core/token/media-pass.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { moveRevision, takeNumbers } from '../db/caption-sidecars.ts';
import { findCurrentVersion } from '../db/tracks.ts';
import type { Db } from '../http/context.ts';
import { MAX_CAPTION_TRIES, MAX_TRACK_NUMBER } from '../limits.ts';

/**
 * A revision of the current version that does not name the language any more, as captions are taken away. Not while a dub
 * is being added: that would bring back what it had copied before.
 */
export async function removeDub(
  { db, media, nowMs }: { readonly db: Db; readonly media: R2Bucket; readonly nowMs: number },
  episodeId: string,
  language: string,
): Promise<void> {
  for (let tries = 0; tries < MAX_CAPTION_TRIES; tries++) {
    const current = await findCurrentVersion(db, episodeId);
    const isIt = (track: { kind: string; language: string | null }): boolean =>
      track.kind === 'audio' && track.language === language;
    const found = current?.tracks.filter(isIt) ?? [];
    const removed = found.find(({ isDefault }) => !isDefault);
    if (current === null || removed === undefined) throw notRemoved(found.length > 0);
    const { version, revision, assetId } = current;
    const number = await takeNumbers(db, version, 1);
    if (number === null) continue;
    const to = number + 1;
    if (to > MAX_TRACK_NUMBER) throw new ProblemError({ code: 'conflict', detail: 'Upload the source again.' });
    const prefix = `a/${assetId}/${version}/`;
    const playlist = await media.get(prefix + multivariantName(revision));
    if (playlist === null) continue;
    const text = withoutAudioRendition(await playlist.text(), removed.name);
    await media.put(prefix + multivariantName(to), text, PLAYLIST);
    const guard = sql`NOT EXISTS (SELECT 1 FROM jobs WHERE episode_id = ${episodeId} AND state = 'running' AND base_version = ${version})`;
    if (
      await moveRevision(db, { version, from: revision, to, change: { removed: [removed] }, added: [], guard }, nowMs)
    )
      return;
  }
  throw new ProblemError({
    code: 'conflict',
    detail: 'The sound of this episode is being changed. Try again after that.',
  });
}

function notRemoved(isMain: boolean): ProblemError {
  return isMain
    ? new ProblemError({
        code: 'conflict',
        detail: 'This is the language that plays where nobody chose; it is replaced with the source.',
      })
    : new ProblemError({ code: 'not-found', detail: 'There is no dub in this language.' });
}

const PLAYLIST = { httpMetadata: { contentType: 'application/vnd.apple.mpegurl' } };
