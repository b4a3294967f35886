import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { EncodeFiles } from '../../transcoder/ffmpeg-args.ts';
import { ffmpegBinaries } from './clips.ts';

/** Seconds at which the segments of these files begin, and their length. */
export const BOUNDARIES_SECONDS: readonly number[] = [0, 1, 2, 4, 6];
export const DURATION_SECONDS = 8;
const FPS = 24;

export interface EncodedTracks {
  readonly plan: LadderPlan;
  readonly files: EncodeFiles;
  /** A second language: a beep where the first one has its own. */
  readonly dub: string;
}

/**
 * Two rungs and two languages as the encoder leaves them: one track a file. The picture is black with a white flash, and
 * both languages have a beep, for 0.1 s at each odd second.
 */
export function encodeTracks(dir: string): EncodedTracks {
  const flash = "drawbox=t=fill:color=black,drawbox=t=fill:color=white:enable='between(mod(t,2),0.999,1.09)'";
  const beep = (hertz: number): string => `aevalsrc='if(between(mod(t,2),1,1.1),0.8*sin(2*PI*${hertz}*t),0)'`;
  const sound = (hertz: number): string[] => ['-f', 'lavfi', '-i', `${beep(hertz)}:s=48000:d=${DURATION_SECONDS}`];
  const movflags = '+frag_keyframe+empty_moov+delay_moov+default_base_moof+negative_cts_offsets';
  const fragmented = (file: string): string[] => ['-f', 'mp4', '-movflags', movflags, join(dir, file)];
  const video = (width: number, file: string): string[] => [
    ...['-map', '0:v', '-vf', `scale=${width}:-2,setsar=1`, '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-pix_fmt', 'yuv420p', '-force_key_frames', BOUNDARIES_SECONDS.join(), '-sc_threshold', '0', '-g', '999'],
    ...['-bf', '3', '-refs', '3', '-flags', '+cgop', '-video_track_timescale', '24000', ...fragmented(file)],
  ];
  const audio = (input: number, file: string): string[] => [
    ...['-map', `${input}:a`, '-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-frag_duration', '100000'],
    ...fragmented(file),
  ];
  const picture = `testsrc2=s=360x640:r=${FPS}:d=${DURATION_SECONDS},${flash}`;
  const inputs = ['-v', 'error', '-y', '-f', 'lavfi', '-i', picture, ...sound(1000), ...sound(700)];
  const outputs = [...video(180, 'v0.mp4'), ...video(360, 'v1.mp4'), ...audio(1, 'main.mp4'), ...audio(2, 'dub.mp4')];
  execFileSync(ffmpegBinaries().ffmpegPath, [...inputs, ...outputs], { stdio: ['ignore', 'ignore', 'inherit'] });
  const rungs = [
    { rung: { name: 'v0', width: 180, height: 320 }, file: join(dir, 'v0.mp4') },
    { rung: { name: 'v1', width: 360, height: 640 }, file: join(dir, 'v1.mp4') },
  ];
  const plan = {
    frameRate: { numerator: FPS, denominator: 1 },
    boundaryFrames: BOUNDARIES_SECONDS.map((seconds) => seconds * FPS),
    firstRungName: 'v1',
  };
  // What packaging reads of a plan and of the files, and no more.
  return {
    plan: plan as unknown as LadderPlan,
    files: { rungs, audio: join(dir, 'main.mp4') } as unknown as EncodeFiles,
    dub: join(dir, 'dub.mp4'),
  };
}
