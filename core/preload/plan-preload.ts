import { linkSeconds, nextSegment, spareSeconds, waitsForSegment } from './buffer.ts';
import { startedWithin, startTimes } from './start-times.ts';
import type { PreloadAction, PreloadDevice, PreloadState } from './state.ts';
import { PRIOR_SURVIVAL, stayShare } from './survival.ts';
import {
  MAX_ATTACHED,
  MAX_DEPTH,
  type PreloadTuning,
  SMALL_MAX_ATTACHED,
  SMALL_MEMORY_DEPTH,
  SMALL_MEMORY_GB,
  THRIFTY_DEPTH,
  TUNING,
} from './tuning.ts';

/** Boundaries come from sums of durations. */
const TOLERANCE_SECONDS = 0.05;

interface Candidate {
  readonly item: number;
  readonly segment: number;
  /** The probability that it is played within the horizon; more than 1 where that is not asked. */
  readonly worth: number;
}

/**
 * What to do next, asked again whenever an action is done, on a swipe, and after an idle time: the segment that is most
 * likely to be played soon, if that is likely enough. The current episode comes first while it is about to stall, and
 * nothing is fetched that would bring it there.
 *
 * @see notes/playback.md 4.3; docs/decisions/038-preload.md
 */
export function planPreload(state: PreloadState, tuning: PreloadTuning = TUNING): PreloadAction {
  const spare = spareSeconds(state, tuning.guardSeconds);
  const idle: PreloadAction = { kind: 'idle', ms: tuning.idleMs };
  const segment = state.current.fetchedSegments;
  const isWaiting = waitsForSegment(state.current);
  // Out of memory: it takes nothing from the line, so the next segment of the current one need not be safe.
  const attach = state.current.bufferedSeconds < tuning.guardSeconds && spare < 0 ? null : planAttach(state);
  if (attach !== null) return attach;
  if (spare < 0) return isWaiting ? idle : { kind: 'fetch', item: 0, segment };

  const horizonSeconds = horizonFor(state, tuning);
  let best: Candidate | null = isWaiting ? null : ofCurrent(state, horizonSeconds);
  if (best !== null && best.worth < tuning.threshold) best = null;
  for (const candidate of ofQueue(state, tuning, spare, horizonSeconds))
    if (candidate.worth >= tuning.threshold && candidate.worth > (best?.worth ?? 0)) best = candidate;
  return best === null ? idle : { kind: 'fetch', item: best.item, segment: best.segment };
}

/** The slower the link, the further ahead, as what is needed has to be asked for earlier. */
function horizonFor(state: PreloadState, tuning: PreloadTuning): number {
  const { horizonSeconds, minHorizonSeconds, maxHorizonSeconds } = tuning;
  const load = linkSeconds(state, state.current, 1);
  return Math.max(minHorizonSeconds, Math.min(maxHorizonSeconds, horizonSeconds * (1 + 2 * load)));
}

function ofCurrent({ current }: PreloadState, horizonSeconds: number): Candidate | null {
  const { playheadSeconds, bufferedSeconds, fetchedSegments } = current;
  if (nextSegment(current) === null || bufferedSeconds >= horizonSeconds) return null;
  const survival = current.survival ?? PRIOR_SURVIVAL;
  const worth = stayShare(survival, playheadSeconds, playheadSeconds + bufferedSeconds);
  return { item: 0, segment: fetchedSegments, worth };
}

function ofQueue(state: PreloadState, tuning: PreloadTuning, spare: number, horizonSeconds: number): Candidate[] {
  const { queue, device } = state;
  const depth = depthFor(device);
  const starts = startTimes(state, depth, horizonSeconds);
  return queue.slice(0, depth).flatMap((episode, index) => {
    const next = nextSegment(episode);
    const isFirst = episode.fetchedSegments === 0;
    if (next === null || linkSeconds(state, episode, next.endSeconds - next.startSeconds) > spare) return [];
    const limitSeconds = device.saveData ? 0 : index === 0 ? tuning.nextSeconds : tuning.laterSeconds;
    if (!isFirst && next.endSeconds > limitSeconds + TOLERANCE_SECONDS) return [];
    // What the next swipe waits for: wasted only where the session ends with this episode.
    const isExempt = isFirst && index === 0 && !device.saveData;
    const isStarted = startedWithin(starts[index] ?? [], horizonSeconds - next.startSeconds);
    const isReached = stayShare(episode.survival ?? PRIOR_SURVIVAL, 0, next.startSeconds);
    const worth = isStarted * isReached;
    // Of those after it likewise, before more of what plays: quick swipes come in a row.
    const least = isFirst && isStarted >= tuning.possibleShare && !device.saveData ? 1 : 0;
    return [{ item: index + 1, segment: episode.fetchedSegments, worth: isExempt ? 2 : Math.max(worth, least) }];
  });
}

/** An element for the next episode as soon as it has something to show. Later ones are bytes only. */
function planAttach({ queue, attachedBehind, device }: PreloadState): PreloadAction | null {
  const [next] = queue;
  if (next === undefined || next.attached || next.fetchedSegments === 0) return null;
  const free = maxAttached(device) - 1 - queue.filter(({ attached }) => attached).length;
  return free < 1 ? null : { kind: 'attach', item: 1, evictBehind: Math.max(0, attachedBehind + 1 - free) };
}

/** Media elements at once: before, now and after. */
export function maxAttached(device: PreloadDevice): number {
  return device.saveData || isSmall(device) ? SMALL_MAX_ATTACHED : MAX_ATTACHED;
}

function depthFor(device: PreloadDevice): number {
  if (device.saveData || device.lowBattery) return THRIFTY_DEPTH;
  return isSmall(device) ? SMALL_MEMORY_DEPTH : MAX_DEPTH;
}

function isSmall({ memoryGb }: PreloadDevice): boolean {
  return memoryGb !== null && memoryGb <= SMALL_MEMORY_GB;
}
