import { PRIOR_SURVIVAL, stayShare } from './survival.ts';
import type { PreloadEpisode, PreloadState } from './state.ts';

/** `at[x]` is the probability that an episode has started `x` seconds from now: a CDF in bins of one second. */
export type StartTimes = readonly number[];

/**
 * When each episode of the queue will start. The first starts when the current one is left: by a swipe, whose time
 * follows from the survival curve given that the viewer is still there, or at its end. Each further one starts when the
 * one before it has started and was left: the convolution of both times. One entry per episode, the next one first.
 *
 * @see notes/playback.md 4.3, steps 1 and 2 (Dashlet, NSDI '23)
 */
export function startTimes({ current, queue }: PreloadState, depth: number, horizonSeconds: number): StartTimes[] {
  const bins = Math.ceil(horizonSeconds);
  let starts = Array.from({ length: bins + 1 }, (_, bin) => leftShare(current, current.playheadSeconds, bin));
  const all = [starts];
  for (const episode of queue.slice(0, depth - 1)) {
    const before = starts;
    starts = before.map((_, bin) => {
      let sum = 0;
      // Who starts it within a second does so in the middle of that second.
      for (let start = 0; start <= bin; start++)
        sum +=
          ((before[start] ?? 0) - (before[start - 1] ?? 0)) * leftShare(episode, 0, bin - Math.max(0, start - 0.5));
      return sum;
    });
    all.push(starts);
  }
  return all;
}

/** Between two bins a straight line; 0 before now. */
export function startedWithin(starts: StartTimes, seconds: number): number {
  if (seconds <= 0) return 0;
  const bin = Math.min(Math.floor(seconds), starts.length - 1);
  const share = starts[bin] ?? 0;
  return share + (seconds - bin) * ((starts[bin + 1] ?? share) - share);
}

/** The share of the viewers at a second of the episode who have left it `seconds` later. */
function leftShare(episode: PreloadEpisode, fromSeconds: number, seconds: number): number {
  const to = fromSeconds + seconds;
  if (to >= playableSeconds(episode)) return 1;
  return 1 - stayShare(episode.survival ?? PRIOR_SURVIVAL, fromSeconds, to);
}

/** Up to the preview's end where the rest is locked. */
export function playableSeconds({ segmentEndsSeconds, playableSegments }: PreloadEpisode): number {
  return segmentEndsSeconds[playableSegments - 1] ?? 0;
}
