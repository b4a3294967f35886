import type { CurrentEpisode, PreloadEpisode, PreloadState } from './state.ts';

/** Less than this is the rounding of a media element's clock. */
const ARRIVED_TOLERANCE_SECONDS = 0.1;

export interface NextSegment {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The segment after those that were asked for; null at the end, which for a locked episode is its preview's. */
export function nextSegment(episode: PreloadEpisode): NextSegment | null {
  const { fetchedSegments, playableSegments, segmentEndsSeconds } = episode;
  const endSeconds = segmentEndsSeconds[fetchedSegments];
  if (endSeconds === undefined || fetchedSegments >= playableSegments) return null;
  return { startSeconds: segmentEndsSeconds[fetchedSegments - 1] ?? 0, endSeconds };
}

/** True while a segment of the current episode is on its way. */
export function waitsForSegment(current: CurrentEpisode): boolean {
  return missingSeconds(current) > ARRIVED_TOLERANCE_SECONDS;
}

/**
 * How long the link can serve something else before the current episode is about to stall: what is buffered, less the
 * guard, less the time that its own next segment takes. Infinite once it has all it can get.
 */
export function spareSeconds(state: PreloadState, guardSeconds: number): number {
  const { current } = state;
  const next = nextSegment(current);
  const missing = missingSeconds(current);
  const neededSeconds =
    missing > ARRIVED_TOLERANCE_SECONDS ? missing : next === null ? 0 : next.endSeconds - next.startSeconds;
  if (neededSeconds === 0) return Number.POSITIVE_INFINITY;
  return current.bufferedSeconds - guardSeconds - linkSeconds(state, current, neededSeconds);
}

/** Asked for and not yet buffered. */
function missingSeconds({ segmentEndsSeconds, fetchedSegments, playheadSeconds, bufferedSeconds }: CurrentEpisode): number {
  return (segmentEndsSeconds[fetchedSegments - 1] ?? 0) - playheadSeconds - bufferedSeconds;
}

/** The time that so many seconds of an episode take on the link. A link not yet measured just about carries playback. */
export function linkSeconds({ bandwidthBps, current }: PreloadState, episode: PreloadEpisode, seconds: number): number {
  return (seconds * episode.bytesPerSecond) / (bandwidthBps === null ? current.bytesPerSecond : bandwidthBps / 8);
}
