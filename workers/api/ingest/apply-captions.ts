import { isUnchanged, planCaptions, type TextTrack } from '#core/captions/plan-captions.ts';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { isImported } from '#core/token/media-pass.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import { listSidecars, moveRevision, takeNumbers } from '../db/caption-sidecars.ts';
import type { JobRecord } from '../db/jobs.ts';
import {
  audioRows,
  findCurrentVersion,
  type NewTrack,
  type PublishedTracks,
  textRow,
  type TrackRecord,
} from '../db/tracks.ts';
import type { Db } from '../http/context.ts';
import { MAX_CAPTION_TRIES, MAX_TRACK_NUMBER } from '../limits.ts';
import { writeCaptions } from './write-captions.ts';

/**
 * Brings the captions of an episode's current version to what its sidecars say. Whoever changes a sidecar calls it, and
 * whoever publishes a version: each writes first and reads then, so of two at once at least one sees what the other did.
 */
export async function applyCaptions(db: Db, media: R2Bucket, episodeId: string, nowMs: number): Promise<void> {
  for (let tries = 0; tries < MAX_CAPTION_TRIES; tries++) {
    const current = await findCurrentVersion(db, episodeId);
    if (current === null || isImported(current.version)) return;
    const { assetId, version, revision, segmentDurationsSeconds } = current;
    const change = planCaptions(textTracks(current.tracks), await listSidecars(db, episodeId));
    if (isUnchanged(change)) return;
    const firstNumber = await takeNumbers(db, version, change.added.length + 1);
    if (firstNumber === null) continue;
    const to = firstNumber + change.added.length + 1;
    if (to > MAX_TRACK_NUMBER) throw new ProblemError({ code: 'conflict', detail: NUMBERS_USED_UP });
    const prefix = `a/${assetId}/${version}/`;
    const numbers = { fromRevision: revision, toRevision: to, firstNumber };
    const added = await writeCaptions(media, { prefix, segmentDurationsSeconds, change, ...numbers });
    if (added !== null && (await moveRevision(db, { version, from: revision, to, change, added }, nowMs))) {
      log('info', 'captions_changed', { episodeId, version, revision: to });
      return;
    }
  }
  throw new ProblemError({ code: 'conflict', detail: 'Others change the captions of this episode. Try again.' });
}

const NUMBERS_USED_UP = `The captions of this version were changed ${MAX_TRACK_NUMBER} times. Upload the source again.`;

/** The tracks that a version is published with: those of the source, and in their place what the sidecars say. */
export async function carryCaptions(
  db: Db,
  media: R2Bucket,
  job: JobRecord,
  result: TranscodeResult,
): Promise<PublishedTracks> {
  const fromSource = (result.textTracks ?? []).map((track): TextTrack => ({ ...track, sidecarId: null }));
  const published = (text: readonly TextTrack[], revision: number, numbersTaken: number): PublishedTracks => {
    return { rows: [...audioRows(result), ...text.map(textRow)], revision, numbersTaken };
  };
  const change = planCaptions(fromSource, await listSidecars(db, job.episodeId));
  const asMade = published(fromSource, 0, fromSource.length);
  if (isUnchanged(change)) return asMade;
  const firstNumber = fromSource.length;
  const toRevision = firstNumber + change.added.length + 1;
  const added = await writeCaptions(media, {
    prefix: `a/${job.assetId}/${job.version}/`,
    segmentDurationsSeconds: result.segmentDurationsSeconds,
    change,
    ...{ fromRevision: 0, toRevision, firstNumber },
  });
  // A sidecar was replaced in between: the version is published as it is, and brought up to date right after.
  return added === null ? asMade : published([...change.kept, ...added], toRevision, toRevision);
}

export function textTracks(tracks: readonly (NewTrack & Pick<TrackRecord, 'kind'>)[]): readonly TextTrack[] {
  return tracks.flatMap(({ name, kind, language, label, isMachineGenerated, sidecarId }) =>
    kind === 'audio' ? [] : [{ name, kind, language, label, isMachineGenerated, sidecarId }],
  );
}
