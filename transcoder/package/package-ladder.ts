import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { framesPerSecond } from '#core/ladder/frame-rate.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import { type EncodeFiles, videoTimescale } from '../ffmpeg-args.ts';
import { type PackagedObject, type PackagedRung, packageRung } from './package-rung.ts';
import { multivariantPlaylist } from './playlists.ts';
import { BoxError } from './read-boxes.ts';
import { openTrack, type Sample, type Track } from './read-track.ts';
import { normaliseAudio, normaliseVideo } from './timeline.ts';

export interface PackagedLadder {
  readonly rungs: readonly PackagedRung[];
  readonly segmentDurationsSeconds: readonly number[];
  readonly durationSeconds: number;
  readonly objects: readonly PackagedObject[];
}

/** Turns ffmpeg's one-track files into the HLS presentation below `outputDir`, encrypted where there is a key. */
export async function packageLadder(
  plan: LadderPlan,
  files: EncodeFiles,
  outputDir: string,
  contentKey: Buffer | null,
): Promise<PackagedLadder> {
  const audio = await openTrack(files.audio);
  const rungs: PackagedRung[] = [];
  try {
    const sound = normaliseAudio(audio);
    for (const { rung, file } of files.rungs) {
      const video = await openTrack(file);
      try {
        const videoTimeline = normaliseVideo(
          video,
          (videoTimescale(plan) * plan.frameRate.denominator) / plan.frameRate.numerator,
        );
        const audioSamples = trimToVideo(sound, audio, videoTimeline.samples, video);
        const frameRate = framesPerSecond(plan.frameRate);
        const boundaryFrames = plan.boundaryFrames.filter((frame) => frame < videoTimeline.samples.length);
        rungs.push(
          await packageRung({
            ...rung,
            frameRate,
            boundaryFrames,
            video,
            videoTimeline,
            audio,
            audioSamples,
            outputDir,
            contentKey,
          }),
        );
      } finally {
        await video.file.close();
      }
    }
  } finally {
    await audio.file.close();
  }
  return finishLadder(plan, rungs, outputDir);
}

async function finishLadder(
  plan: LadderPlan,
  rungs: readonly PackagedRung[],
  outputDir: string,
): Promise<PackagedLadder> {
  const segmentDurationsSeconds = rungs[0]?.segmentDurationsSeconds ?? [];
  for (const rung of rungs) {
    if (rung.segmentDurationsSeconds.join() !== segmentDurationsSeconds.join()) {
      throw new BoxError(`${rung.variant.name} is not cut where the others are`);
    }
  }
  const variants = rungs.map((rung) => rung.variant);
  const first = variants.filter((variant) => variant.name === plan.firstRungName);
  const others = variants.filter((variant) => variant.name !== plan.firstRungName);
  const playlist = Buffer.from(multivariantPlaylist([...first, ...others]));
  await writeFile(join(outputDir, 'multivariant.m3u8'), playlist);
  return {
    rungs,
    segmentDurationsSeconds,
    durationSeconds: segmentDurationsSeconds.reduce((sum, seconds) => sum + seconds, 0),
    objects: [...rungs.flatMap((rung) => rung.objects), { path: 'multivariant.m3u8', sizeBytes: playlist.length }],
  };
}

/** Sound that goes on after the last frame, by more than half an AAC frame, would make the episode longer than its playlist. */
function trimToVideo(
  sound: readonly Sample[],
  audio: Track,
  frames: readonly Sample[],
  video: Track,
): readonly Sample[] {
  const last = frames.at(-1);
  if (last === undefined) throw new BoxError('the video track is empty');
  const endSeconds = (last.decodeTicks + last.durationTicks) / video.timescale;
  return sound.filter((sample) => (sample.decodeTicks + sample.durationTicks / 2) / audio.timescale <= endSeconds);
}
