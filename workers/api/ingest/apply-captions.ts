import { isUnchanged, planCaptions, type TextTrack } from '#core/captions/plan-captions.ts';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { isImported } from '#core/token/media-pass.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { listSidecars, listUnapplied, moveRevision, takeNumbers } from '../db/caption-sidecars.ts';
import {
  audioRows,
  findCurrentVersion,
  type NewTrack,
  type PublishedTracks,
  textRow,
  type TrackRecord,
} from '../db/tracks.ts';
import type { Db } from '../http/context.ts';
import { MAX_CAPTION_TRIES, MAX_CAPTIONS_PER_SWEEP, MAX_TRACK_NUMBER, UNAPPLIED_CAPTIONS_MS } from '../limits.ts';
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

/**
 * The tracks that a version is published with: those of the source. The sidecars' come right after, as a revision: what
 * they need must not stand in the way of the version, and verification must find nothing that the transcoder did not write.
 */
export function tracksAsMade(result: TranscodeResult): PublishedTracks {
  const text = (result.textTracks ?? []).map((track) => textRow({ ...track, sidecarId: null }));
  return { rows: [...audioRows(result), ...text], revision: 0, numbersTaken: text.length };
}

/** Captions that a Worker which died had not applied, to one episode after the other: the cron comes for them. */
export async function sweepCaptions(db: Db, media: R2Bucket, nowMs: number): Promise<void> {
  for (const episodeId of await listUnapplied(db, nowMs - UNAPPLIED_CAPTIONS_MS, MAX_CAPTIONS_PER_SWEEP)) {
    await applyCaptions(db, media, episodeId, nowMs).catch((thrown: unknown) =>
      log('warn', 'captions_not_applied', { episodeId, reason: reasonOf(thrown) }),
    );
  }
}

export function textTracks(tracks: readonly (NewTrack & Pick<TrackRecord, 'kind'>)[]): readonly TextTrack[] {
  return tracks.flatMap(({ name, kind, language, label, isMachineGenerated, sidecarId }) =>
    kind === 'audio' ? [] : [{ name, kind, language, label, isMachineGenerated, sidecarId }],
  );
}
