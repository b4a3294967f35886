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
 * How long the link can serve something else before the current episode is about to stall: what is ahead of the viewer when
 * all has come that was asked for, less the time that takes, less the guard, less the time that its own next segment
 * takes. Infinite once it has all it can get.
 */
export function spareSeconds(state: PreloadState, guardSeconds: number): number {
  const { current } = state;
  const next = nextSegment(current);
  if (next === null) return waitsForSegment(current) ? slackSeconds(state) - guardSeconds : Number.POSITIVE_INFINITY;
  const aheadSeconds = Math.max(current.bufferedSeconds, fetchedEnd(current) - current.playheadSeconds);
  return aheadSeconds - backlogSeconds(state) - guardSeconds - segmentLinkSeconds(state, current);
}

/** As `spareSeconds`, for what would come beside a segment of the current episode: that one may not be too late either. */
export function roomSeconds(state: PreloadState, guardSeconds: number): number {
  const spare = spareSeconds(state, guardSeconds);
  return waitsForSegment(state.current) ? Math.min(spare, slackSeconds(state) - Math.min(0, guardSeconds)) : spare;
}

/** What is buffered, less the time until all has come that was asked for. */
function slackSeconds(state: PreloadState): number {
  return state.current.bufferedSeconds - backlogSeconds(state);
}

/** The time that the next segment of an episode takes on the link, or what is left of it behind its head. */
export function segmentLinkSeconds(state: PreloadState, episode: PreloadEpisode): number {
  const next = nextSegment(episode);
  if (next === null) return 0;
  const share = episode.fetchedSegments === 0 && hasHead(episode) ? 1 - episode.head.share : 1;
  return linkSeconds(state, episode, (next.endSeconds - next.startSeconds) * share);
}

/** A first frame is here or on its way, and no more. */
export function hasHead({ head }: PreloadEpisode): boolean {
  return head !== null && head.state !== 'missing';
}

/** As `segmentLinkSeconds`, for the head. */
export function headLinkSeconds(state: PreloadState, episode: PreloadEpisode): number {
  return linkSeconds(state, episode, (episode.segmentEndsSeconds[0] ?? 0) * (episode.head?.share ?? 1));
}

/** The time until all has come that was asked for. */
export function backlogSeconds({ underWay, bandwidthBps, current }: PreloadState): number {
  return underWay.bytes / (bandwidthBps === null ? current.bytesPerSecond : bandwidthBps / 8);
}

function fetchedEnd({ segmentEndsSeconds, fetchedSegments }: PreloadEpisode): number {
  return segmentEndsSeconds[fetchedSegments - 1] ?? 0;
}

/** Asked for and not yet buffered. */
function missingSeconds(current: CurrentEpisode): number {
  return fetchedEnd(current) - current.playheadSeconds - current.bufferedSeconds;
}

/** The time that so many seconds of an episode take on the link. A link not yet measured just about carries playback. */
export function linkSeconds({ bandwidthBps, current }: PreloadState, episode: PreloadEpisode, seconds: number): number {
  return (seconds * episode.bytesPerSecond) / (bandwidthBps === null ? current.bytesPerSecond : bandwidthBps / 8);
}
