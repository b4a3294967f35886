import {
  backlogSeconds,
  hasHead,
  headLinkSeconds,
  linkSeconds,
  nextSegment,
  segmentLinkSeconds,
  roomSeconds,
  spareSeconds,
  waitsForSegment,
} from './buffer.ts';
import { startedWithin, startTimes } from './start-times.ts';
import type { PreloadAction, PreloadDevice, PreloadEpisode, PreloadState } from './state.ts';
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

/**
 * Not asked whether it is likely. Head of the next one, head of the second, rest of the next one, head of the third, rests:
 * of what was tried for sessions at the pace of people, few swipes without a frame and few stalls (038).
 */
const NEXT_WORTH = 2;
const LATER_WORTH = 1;
const HEAD_WORTH = 1.8;
const NEARER_WORTH = 0.3;

/** A timer is not more exact. */
const LEAST_WAIT_MS = 20;

interface Candidate {
  readonly action: Extract<PreloadAction, { kind: 'fetch' | 'head' }>;
  /** The probability that it is played within the horizon; more than 1 where that is not asked. */
  readonly worth: number;
}

/**
 * What to do next, asked again whenever an action was begun or is done, on a swipe, and after an idle time: the segment that
 * is most likely to be played soon, if that is likely enough. The current episode comes first while it is about to stall,
 * and nothing is fetched that would bring it there.
 *
 * @see notes/playback.md 4.3; docs/decisions/038-preload.md
 */
export function planPreload(state: PreloadState, tuning: PreloadTuning = TUNING): PreloadAction {
  // Out of memory: it takes nothing from the line.
  const attach = planAttach(state);
  if (attach !== null) return attach;
  const isWaiting = waitsForSegment(state.current);
  // What has come is in the buffer a moment later, and nobody says so.
  const idle: PreloadAction = { kind: 'idle', ms: isWaiting ? tuning.waitMs : tuning.idleMs };
  if (state.underWay.transfers >= tuning.maxTransfers) return idle;

  const horizonSeconds = horizonFor(state, tuning);
  const queue = ofQueue(state, tuning, horizonSeconds);
  const isShort = spareSeconds(state, tuning.guardSeconds) < 0;
  let best: Candidate | null = isShort || isWaiting ? null : ofCurrent(state, horizonSeconds);
  if (best !== null && best.worth < tuning.threshold) best = null;
  for (const candidate of queue)
    if (candidate.worth >= tuning.threshold && candidate.worth > (best?.worth ?? 0)) best = candidate;
  if (best !== null) return best.action;
  return isShort && canFetch(state.current) ? planCurrent(state, isWaiting, tuning) : idle;
}

/**
 * Of two segments of it the second is asked for when the first has come but for the time that a request takes: side by side
 * both would be late, and one after the other the line would rest.
 */
function planCurrent(state: PreloadState, isWaiting: boolean, tuning: PreloadTuning): PreloadAction {
  const earlySeconds = isWaiting ? backlogSeconds(state) - state.requestSeconds : 0;
  if (earlySeconds <= 0) return { kind: 'fetch', item: 0, segment: state.current.fetchedSegments };
  return { kind: 'idle', ms: Math.max(LEAST_WAIT_MS, Math.min(tuning.waitMs, earlySeconds * 1_000)) };
}

/** What is left of a first segment can be asked for when its head is here. */
function canFetch(episode: PreloadEpisode): boolean {
  if (nextSegment(episode) === null) return false;
  return episode.fetchedSegments > 0 || episode.head?.state !== 'coming';
}

/** The slower the link, the further ahead, as what is needed has to be asked for earlier. */
function horizonFor(state: PreloadState, tuning: PreloadTuning): number {
  const { horizonSeconds, minHorizonSeconds, maxHorizonSeconds } = tuning;
  const load = linkSeconds(state, state.current, 1);
  return Math.max(minHorizonSeconds, Math.min(maxHorizonSeconds, horizonSeconds * (1 + 2 * load)));
}

function ofCurrent({ current }: PreloadState, horizonSeconds: number): Candidate | null {
  const { playheadSeconds, bufferedSeconds, fetchedSegments } = current;
  if (!canFetch(current) || bufferedSeconds >= horizonSeconds) return null;
  const survival = current.survival ?? PRIOR_SURVIVAL;
  const worth = stayShare(survival, playheadSeconds, playheadSeconds + bufferedSeconds);
  return { action: { kind: 'fetch', item: 0, segment: fetchedSegments }, worth };
}

function ofQueue(state: PreloadState, tuning: PreloadTuning, horizonSeconds: number): Candidate[] {
  const { queue, device } = state;
  const depth = depthFor(device);
  const starts = startTimes(state, depth, horizonSeconds);
  const spare = roomSeconds(state, tuning.guardSeconds);
  const startSpare = roomSeconds(state, tuning.startGuardSeconds);
  const headSpare = [roomSeconds(state, tuning.nextGuardSeconds)];
  return queue.slice(0, depth).flatMap((episode, index) => {
    const next = nextSegment(episode);
    if (next === null) return [];
    const isFirst = episode.fetchedSegments === 0;
    const limitSeconds = device.saveData ? 0 : index === 0 ? tuning.nextSeconds : tuning.laterSeconds;
    if (!isFirst && next.endSeconds > limitSeconds + TOLERANCE_SECONDS) return [];
    const isStarted = startedWithin(starts[index] ?? [], horizonSeconds - next.startSeconds);
    const worth = isStarted * stayShare(episode.survival ?? PRIOR_SURVIVAL, 0, next.startSeconds);
    const item = index + 1;
    const segment = episode.fetchedSegments;
    if (!isFirst)
      return linkFits(spare, segmentLinkSeconds(state, episode))
        ? [{ action: { kind: 'fetch', item, segment } as const, worth }]
        : [];
    // What the next swipe waits for is wasted only where the session ends with this episode. That of those after it comes
    // likewise before more of what plays: quick swipes come in a row.
    const isPossible = !device.saveData && (index === 0 || isStarted >= tuning.possibleShare);
    const least = isPossible ? (index === 0 ? NEXT_WORTH : LATER_WORTH) : 0;
    const headRoom = headSpare[index] ?? startSpare;
    return ofFirst(state, { episode, item, worth: Math.max(worth, least), spare, startSpare, headRoom });
  });
}

interface First {
  readonly episode: PreloadEpisode;
  readonly item: number;
  readonly worth: number;
  readonly spare: number;
  readonly startSpare: number;
  readonly headRoom: number;
}

/** The head, whose frame the swipe shows; then what is left, which is played a quarter of a second later. */
function ofFirst(state: PreloadState, { episode, item, worth, spare, startSpare, headRoom }: First): Candidate[] {
  const { head } = episode;
  if (head?.state === 'missing' && worth >= LATER_WORTH) {
    const isWanted = linkFits(headRoom, headLinkSeconds(state, episode));
    return isWanted ? [{ action: { kind: 'head', item }, worth: worth + HEAD_WORTH - item * NEARER_WORTH }] : [];
  }
  if (!canFetch(episode)) return [];
  const room = head === null ? startSpare : spare;
  const isWanted = linkFits(room, segmentLinkSeconds(state, episode));
  return isWanted ? [{ action: { kind: 'fetch', item, segment: 0 }, worth }] : [];
}

function linkFits(spare: number, seconds: number): boolean {
  return seconds <= spare;
}

/** An element for the next episode as soon as it has something to show. Later ones are bytes only. */
function planAttach({ queue, attachedBehind, device }: PreloadState): PreloadAction | null {
  const [next] = queue;
  if (next === undefined || next.attached) return null;
  if (next.fetchedSegments === 0 && !hasHead(next)) return null;
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
