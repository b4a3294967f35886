import { framesPerSecond } from '#core/ladder/frame-rate.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { Rung } from '#core/ladder/rungs.ts';
import type { EncodeFiles } from './encode-files.ts';
import { filterGraph } from './filter-graph.ts';
import { inputArgs } from './input-args.ts';
import { ENCODE_BASE_SECONDS, ENCODE_CPU_SECONDS_PER_SOURCE_SECOND, MAX_TEXT_BYTES } from './limits.ts';

export type { EncodeFiles } from './encode-files.ts';

export function encodeCpuSeconds({ durationSeconds }: LadderPlan): number {
  return Math.ceil(ENCODE_BASE_SECONDS + durationSeconds * ENCODE_CPU_SECONDS_PER_SOURCE_SECOND);
}

/**
 * One ffmpeg process: decode once, split to every rung, one fragmented MP4 per track. Four processes that each decode the
 * source took 43 % more CPU.
 */
export function ffmpegArgs(plan: LadderPlan, files: EncodeFiles, toneMapping: boolean): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', '-timelimit', String(encodeCpuSeconds(plan))],
    ...inputArgs(),
    ...['-itsoffset', (-plan.shiftSeconds).toFixed(6), '-i', files.source, '-progress', 'pipe:1'],
    ...['-filter_complex', filterGraph(plan, toneMapping)],
    ...files.rungs.flatMap(({ rung, file }) => [
      ...['-map', `[${rung.name}]`, ...videoArgs(rung, plan)],
      ...[...DISCARD_METADATA, ...fragmentedMp4Args(), file],
    ]),
    ...soundArgs('[audio]', '128k', files.audio),
    ...files.dubs.flatMap(({ file }, n) => soundArgs(`[dub${n}]`, '96k', file)),
    ...files.texts.flatMap(({ track, file }) => textArgs(track.streamIndex, plan.durationSeconds, file)),
    ...['-map', '[poster]', '-q:v', '4', ...DISCARD_METADATA, '-f', 'image2', files.posterPattern],
    ...['-map', '[storyboard]', '-frames:v', '1', '-q:v', '5', ...DISCARD_METADATA],
    ...['-f', 'image2', '-update', '1', files.storyboard],
    ...['-map', '[thumb]', '-c:v', 'rawvideo', ...DISCARD_METADATA, '-f', 'rawvideo', files.stills],
  ];
}

/** Phones write the place of the recording into metadata. */
const DISCARD_METADATA = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'];

export function soundArgs(output: string, bitrate: string, file: string): readonly string[] {
  return [
    ...['-map', output, '-c:a', 'aac', '-b:a', bitrate, '-ac', '2', ...DISCARD_METADATA],
    ...['-frag_duration', '1000000', ...fragmentedMp4Args(), file],
  ];
}

/** Bounded in time by itself: nothing in the filter graph ends it. */
function textArgs(streamIndex: number, durationSeconds: number, file: string): readonly string[] {
  const bounds = ['-t', durationSeconds.toFixed(3), '-fs', String(MAX_TEXT_BYTES)];
  return ['-map', `0:${streamIndex}`, '-c:s', 'webvtt', ...bounds, '-map_metadata', '-1', '-f', 'webvtt', file];
}

function videoArgs(rung: Rung, plan: LadderPlan): readonly string[] {
  return [
    ...(rung.codec === 'av1' ? av1Args(rung) : h264Args(rung)),
    ...['-pix_fmt', 'yuv420p'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    // Keyframes at the boundaries and nowhere else: with scene cuts on, rungs were cut at 1.875 s.
    ...['-force_key_frames', keyframeTimes(plan), '-g', String(MAX_KEYFRAME_DISTANCE)],
    // The packager works in frames: the timescale makes each one a whole number of ticks.
    ...['-video_track_timescale', String(videoTimescale(plan))],
  ];
}

/** In frames: longer than any segment. */
const MAX_KEYFRAME_DISTANCE = 99_999;

function h264Args({ profile, level, crf, maxrateKbps, bufsizeKbps }: Rung): readonly string[] {
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', profile, '-level', level],
    ...['-crf', String(crf), '-maxrate', `${maxrateKbps}k`, '-bufsize', `${bufsizeKbps}k`],
    ...['-sc_threshold', '0', '-keyint_min', '1', '-bf', '3', '-refs', '3', '-flags', '+cgop'],
  ];
}

/** `realtime` takes keyframes where they are forced and sets none itself; `good` adds some, at six times the CPU. */
function av1Args({ crf, maxrateKbps }: Rung): readonly string[] {
  return [
    ...['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '7', '-row-mt', '1'],
    ...['-crf', String(crf), '-b:v', `${maxrateKbps}k`],
  ];
}

/**
 * A quarter of a frame early: ffmpeg rounds to its time base and then takes the first frame at or after. Exactly on the frame
 * a microsecond too late would mean the next frame; half a frame early was rounded to the one before (seen at 30 fps).
 */
function keyframeTimes(plan: LadderPlan): string {
  const fps = framesPerSecond(plan.frameRate);
  return plan.boundaryFrames.map((frame) => (frame === 0 ? '0' : ((frame - 0.25) / fps).toFixed(6))).join(',');
}

/** 24 → 24000 with frames of 1000 ticks; 29.97 → 30000 with frames of 1001. */
export function videoTimescale(plan: LadderPlan): number {
  const { numerator, denominator } = plan.frameRate;
  return denominator === 1 ? numerator * 1000 : numerator;
}

/** `cmaf` is not asked for: ffmpeg before 4.4 does not know it, and our packager writes its own boxes anyway. */
function fragmentedMp4Args(): readonly string[] {
  return ['-f', 'mp4', '-movflags', '+frag_keyframe+empty_moov+delay_moov+default_base_moof+negative_cts_offsets'];
}
