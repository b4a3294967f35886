import { BoxError } from './read-boxes.ts';
import type { Sample, Track } from './read-track.ts';

/** An AAC frame is 1024 samples; the encoder's first one only fills its window. */
const AAC_PRIMING_SAMPLES = 1024;

export interface VideoTimeline {
  readonly samples: readonly Sample[];
  /** Presentation time of the first frame: what B-frames delay it by. The init section's edit list takes it off again. */
  readonly reorderTicks: number;
}

/**
 * Video whose decode times count frames from 0 and whose composition offsets are never negative.
 *
 * Decode time n is frame n, so every segment's tfdt is its boundary in the playlist. The constant delay of B-frames is in one
 * edit (media_time), which browsers, ExoPlayer and ffmpeg all honour. The other way, signed offsets without an edit list, is
 * shown late by that delay in everything that is built on ffmpeg (measured: first frame at 83 ms, sound at 0).
 */
export function normaliseVideo(track: Track, ticksPerFrame: number): VideoTimeline {
  const presentations = track.samples.map((sample) => sample.decodeTicks + sample.compositionTicks);
  const first = presentations.reduce((least, ticks) => Math.min(least, ticks), Number.POSITIVE_INFINITY);
  const frames = presentations.map((ticks) => Math.round((ticks - first) / ticksPerFrame));
  const reorderFrames = frames.reduce((most, frame, n) => Math.max(most, n - frame), 0);
  const samples = track.samples.map((sample, n) => ({
    ...sample,
    durationTicks: ticksPerFrame,
    decodeTicks: n * ticksPerFrame,
    compositionTicks: ((frames[n] ?? 0) - n + reorderFrames) * ticksPerFrame,
  }));
  return { samples, reorderTicks: reorderFrames * ticksPerFrame };
}

/**
 * Audio without the encoder's priming frame, from 0.
 *
 * That frame holds nothing that was recorded; kept, it delays the sound by 21.3 ms wherever edit lists are not honoured.
 */
export function normaliseAudio(track: Track): readonly Sample[] {
  const [priming] = track.samples;
  if (priming === undefined) throw new BoxError('the audio track is empty');
  const kept = track.samples.slice(1);
  return kept.map((sample, n) => ({
    ...sample,
    durationTicks: AAC_PRIMING_SAMPLES,
    decodeTicks: n * AAC_PRIMING_SAMPLES,
    compositionTicks: 0,
  }));
}
