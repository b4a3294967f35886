import { type FrameRate, framesPerSecond } from './frame-rate.ts';

/** Short segments while a swipe is likely, long ones when it is not: each request is a cost. */
const RAMP_SECONDS: readonly number[] = [0, 1, 2, 4, 6, 8, 10];
const STEADY_SECONDS = 4;
/** A shorter last segment is merged into the one before it: it would cost a request for a moment of picture. */
const MIN_LAST_SECONDS = 1;
/** After a cut point the ramp begins anew: who has just paid waits for one second of picture, as at a start, not for two or four. */
const AFTER_CUT_SECONDS: readonly number[] = [1, 2];
/** A ramp boundary this near before a cut point would make a sliver of a segment. */
const MIN_CUT_DISTANCE_SECONDS = 0.5;
/** After a cut point the ramp of the start goes on where its own has ended, and not before a segment of about a second more. */
const RAMP_GOES_ON_SECONDS = 2.9;

export interface BoundaryRequest {
  readonly frameCount: number;
  readonly frameRate: FrameRate;
  readonly cutPointsSeconds: readonly number[];
}

/**
 * Frame numbers at which a Media Segment starts, ascending, 0 first.
 *
 * Frames and not seconds: at 29.97 fps no frame lies at 1.000 s, and every rung must cut at the same picture. A cut point is
 * always kept (a paywall stands there); the ramp after it gives way to the next one, and the ramp of the start to both.
 */
export function planBoundaryFrames(request: BoundaryRequest): readonly number[] {
  const { frameCount, frameRate } = request;
  const fps = framesPerSecond(frameRate);
  const cuts = request.cutPointsSeconds
    .filter((seconds) => Number.isFinite(seconds))
    .map((seconds) => Math.round(seconds * fps))
    .filter((frame) => frame > 0 && frame < frameCount);
  const framesOf = (seconds: readonly number[], from: number): number[] =>
    seconds
      .map((at) => from + Math.round(at * fps))
      .filter((frame) => frame > 0 && (frameCount - frame) / fps >= MIN_LAST_SECONDS);
  const isFree = (frame: number, after: number): boolean =>
    cuts.every((cut) => (cut - frame) / fps >= MIN_CUT_DISTANCE_SECONDS || (frame - cut) / fps >= after);
  const afterCuts = cuts.flatMap((cut) => {
    const next = Math.min(frameCount, ...cuts.filter((other) => other > cut));
    return framesOf(AFTER_CUT_SECONDS, cut).filter((frame) => frame < next && isFree(frame, MIN_CUT_DISTANCE_SECONDS));
  });
  const ramp = framesOf(rampSeconds(frameCount / fps), 0).filter((frame) => isFree(frame, RAMP_GOES_ON_SECONDS));
  return [...new Set([0, ...ramp, ...cuts, ...afterCuts])].sort((a, b) => a - b);
}

function rampSeconds(durationSeconds: number): readonly number[] {
  const seconds = RAMP_SECONDS.filter((at) => at < durationSeconds);
  const last = RAMP_SECONDS.at(-1) ?? 0;
  for (let at = last + STEADY_SECONDS; at < durationSeconds; at += STEADY_SECONDS) seconds.push(at);
  return seconds;
}
