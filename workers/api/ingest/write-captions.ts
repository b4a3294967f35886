import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import { cutWebVtt } from '#core/captions/cut-webvtt.ts';
import { type CaptionChange, numberCaptions, type TextTrack } from '#core/captions/plan-captions.ts';
import { readCaptions } from '#core/captions/read-captions.ts';
import { targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import { withTextRenditions } from '#core/playlist/text-renditions.ts';
import { multivariantName } from '#core/token/media-pass.ts';

/** Objects written at a time: a Worker waits for six connections at most. */
const PARALLEL_PUTS = 6;

export interface CaptionWrite {
  /** `a/{asset}/{version}/` */
  readonly prefix: string;
  readonly segmentDurationsSeconds: readonly number[];
  readonly change: CaptionChange;
  /** The playlist that is changed, and what the new one and its tracks are called. */
  readonly fromRevision: number;
  readonly toRevision: number;
  readonly firstNumber: number;
}

/** Nothing that exists is written over: the numbers were taken for this write. null: something it needs is gone. */
export async function writeCaptions(media: R2Bucket, write: CaptionWrite): Promise<readonly TextTrack[] | null> {
  const { prefix, segmentDurationsSeconds, change } = write;
  const added = numberCaptions(change, write.firstNumber);
  const base = await media.get(prefix + multivariantName(write.fromRevision));
  if (base === null) return null;
  for (const [n, { fileKey }] of change.added.entries()) {
    const file = await media.get(fileKey);
    const captions = file === null ? null : readCaptions(await file.text());
    if (captions === null || !captions.ok) return null;
    const folder = `${prefix}${added[n]?.name}/`;
    const texts = cutWebVtt(captions.value, segmentDurationsSeconds);
    for (let start = 0; start < texts.length; start += PARALLEL_PUTS) {
      const group = texts.slice(start, start + PARALLEL_PUTS);
      await Promise.all(group.map((text, at) => media.put(`${folder}${start + at}.vtt`, text, WEBVTT)));
    }
    const playlist = captionPlaylist(segmentDurationsSeconds, targetDurationSeconds(segmentDurationsSeconds));
    await media.put(`${folder}media.m3u8`, playlist, PLAYLIST);
  }
  const playlist = withTextRenditions(await base.text(), [...change.kept, ...added]);
  await media.put(prefix + multivariantName(write.toRevision), playlist, PLAYLIST);
  return added;
}

const WEBVTT = { httpMetadata: { contentType: 'text/vtt' } };
const PLAYLIST = { httpMetadata: { contentType: 'application/vnd.apple.mpegurl' } };
