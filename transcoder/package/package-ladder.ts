import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { framesPerSecond } from '#core/ladder/frame-rate.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { AudioRendition, TextRendition } from '#core/playlist/renditions.ts';
import { type EncodeFiles, videoTimescale } from '../ffmpeg-args.ts';
import type { PackagedObject } from './folder.ts';
import { type CaptionFile, packageCaptions } from './package-captions.ts';
import { type LanguageFile, packageLanguage } from './package-language.ts';
import { type PackagedRung, packageRung } from './package-rung.ts';
import { BoxError } from './read-boxes.ts';
import { openTrack, type Sample, type Track } from './read-track.ts';
import { normaliseAudio, normaliseVideo } from './timeline.ts';
import { type Protection, sampleKey } from './write-segments.ts';

export interface PackagedLadder {
  readonly rungs: readonly PackagedRung[];
  readonly audioTracks: readonly AudioRendition[];
  readonly textTracks: readonly TextRendition[];
  readonly segmentDurationsSeconds: readonly number[];
  readonly durationSeconds: number;
  /** Of the muxed sound, or of each language. */
  readonly sounds: readonly { readonly name: string; readonly seconds: number }[];
  readonly objects: readonly PackagedObject[];
}

/** What is packaged beside the rungs. Their places in the lists are their numbers. */
export interface ExtraTracks {
  /**
   * Empty where there is one language: it is muxed with the picture, which saves a player three requests at the start.
   * Else every language, the main one first: hls.js cannot leave a muxed sound for another (docs/decisions/029).
   */
  readonly languages: readonly LanguageFile[];
  readonly captions: readonly CaptionFile[];
}

const NO_EXTRA_TRACKS: ExtraTracks = { languages: [], captions: [] };

/** Turns ffmpeg's one-track files into the HLS presentation below `outputDir`, encrypted where `protection` says how. */
export async function packageLadder(
  plan: LadderPlan,
  files: EncodeFiles,
  outputDir: string,
  protection: Protection | null,
  extra: ExtraTracks = NO_EXTRA_TRACKS,
): Promise<PackagedLadder> {
  const audio = await openTrack(files.audio);
  const rungs: PackagedRung[] = [];
  const sounds: { name: string; seconds: number }[] = [];
  try {
    const sound = normaliseAudio(audio);
    for (const { rung, file } of files.rungs) {
      const video = await openTrack(file);
      try {
        const videoTimeline = normaliseVideo(
          video,
          (videoTimescale(plan) * plan.frameRate.denominator) / plan.frameRate.numerator,
        );
        const samples = trimToVideo(sound, audio, videoTimeline.samples, video);
        if (extra.languages.length === 0) sounds.push({ name: `of ${rung.name}`, seconds: endSeconds(samples, audio) });
        const frameRate = framesPerSecond(plan.frameRate);
        const boundaryFrames = plan.boundaryFrames.filter((frame) => frame < videoTimeline.samples.length);
        rungs.push(
          await packageRung({
            ...rung,
            frameRate,
            boundaryFrames,
            video,
            videoTimeline,
            sound: extra.languages.length === 0 ? { track: audio, samples } : null,
            outputDir,
            protection,
          }),
        );
      } finally {
        await video.file.close();
      }
    }
  } finally {
    await audio.file.close();
  }
  return finishLadder(plan, rungs, sounds, { outputDir, protection, extra });
}

interface Finish {
  readonly outputDir: string;
  readonly protection: Protection | null;
  readonly extra: ExtraTracks;
}

async function finishLadder(
  plan: LadderPlan,
  rungs: readonly PackagedRung[],
  muxed: PackagedLadder['sounds'],
  { outputDir, protection, extra }: Finish,
): Promise<PackagedLadder> {
  const segmentDurationsSeconds = rungs[0]?.segmentDurationsSeconds ?? [];
  const objects = rungs.flatMap((rung) => rung.objects);
  const audioTracks: AudioRendition[] = [];
  const sounds = [...muxed];
  for (const [n, file] of extra.languages.entries()) {
    const packaged = await packageLanguage(`a${n}`, file, segmentDurationsSeconds, outputDir, protection);
    audioTracks.push(packaged.rendition);
    objects.push(...packaged.objects);
    sounds.push({ name: `a${n}`, seconds: packaged.seconds });
  }
  for (const [n, file] of extra.captions.entries()) {
    objects.push(...(await packageCaptions(`t${n}`, file, segmentDurationsSeconds, outputDir)));
  }
  const textTracks = extra.captions.map(({ language, label, kind, isMachineGenerated }, n) => {
    return { name: `t${n}`, language, label, kind, isMachineGenerated };
  });

  const isFirst = (rung: PackagedRung): boolean => rung.variant.name === plan.firstRungName;
  const ordered = [...rungs.filter(isFirst), ...rungs.filter((rung) => !isFirst(rung))];
  const playlist = Buffer.from(
    multivariantPlaylist(
      ordered.map(({ variant }) => variant),
      ordered.flatMap(({ iFrames }) => iFrames ?? []),
      { audio: audioTracks, text: textTracks },
      sampleKey(protection)?.signalling?.multivariantPlaylistTags,
    ),
  );
  await writeFile(join(outputDir, 'multivariant.m3u8'), playlist);
  return {
    rungs,
    audioTracks,
    textTracks,
    segmentDurationsSeconds,
    durationSeconds: segmentDurationsSeconds.reduce((sum, seconds) => sum + seconds, 0),
    sounds,
    objects: [...objects, { path: 'multivariant.m3u8', sizeBytes: playlist.length }],
  };
}

/** Sound that goes on after the last frame, by more than half an AAC frame, would make the episode longer than its playlist. */
function trimToVideo(
  sound: readonly Sample[],
  audio: Track,
  frames: readonly Sample[],
  video: Track,
): readonly Sample[] {
  if (frames.length === 0) throw new BoxError('the video track is empty');
  const pictureEnds = endSeconds(frames, video);
  return sound.filter((sample) => (sample.decodeTicks + sample.durationTicks / 2) / audio.timescale <= pictureEnds);
}

function endSeconds(samples: readonly Sample[], { timescale }: Track): number {
  const last = samples.at(-1);
  return last === undefined ? 0 : (last.decodeTicks + last.durationTicks) / timescale;
}
