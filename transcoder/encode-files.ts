import { join } from 'node:path';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { Rung } from '#core/ladder/rungs.ts';
import type { PlannedAudioTrack, PlannedTextTrack } from '#core/ladder/tracks.ts';

/** What the one ffmpeg process leaves behind in the job's directory, and where it reads from. */
export interface EncodeFiles {
  readonly source: string;
  /** One fragmented MP4 each, one track, no sound: the H.264 rungs, then the AV1 ones. */
  readonly rungs: readonly { readonly rung: Rung; readonly file: string }[];
  /** The main sound; a silent track where the source has none. */
  readonly audio: string;
  /** One fragmented MP4 each; with the main sound as `a0` they become `a1` and on. */
  readonly dubs: readonly { readonly track: PlannedAudioTrack; readonly file: string }[];
  /** Whole WebVTT files, uncut and unchecked: their text is the upload's. What can be read becomes `t{n}`. */
  readonly texts: readonly { readonly track: PlannedTextTrack; readonly file: string }[];
  readonly posterPattern: string;
  /** Raw RGB thumbnails of the stills, one after the other. */
  readonly stills: string;
  readonly storyboard: string;
}

export function encodeFiles(plan: LadderPlan, source: string, jobDir: string): EncodeFiles {
  const dubs = plan.audioTracks.filter((track) => !track.isMain);
  return {
    source,
    rungs: [...plan.rungs, ...plan.av1Rungs].map((rung) => ({ rung, file: join(jobDir, `${rung.name}.mp4`) })),
    audio: join(jobDir, 'audio.mp4'),
    dubs: dubs.map((track, n) => ({ track, file: join(jobDir, `dub-${n}.mp4`) })),
    texts: plan.textTracks.map((track, n) => ({ track, file: join(jobDir, `text-${n}.vtt`) })),
    posterPattern: join(jobDir, 'poster-%03d.jpg'),
    stills: join(jobDir, 'stills.rgb'),
    storyboard: join(jobDir, 'storyboard.jpg'),
  };
}

export function posterFile(jobDir: string, index: number): string {
  return join(jobDir, `poster-${String(index + 1).padStart(3, '0')}.jpg`);
}
