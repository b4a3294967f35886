/**
 * Does what the preload policy says (core/preload): asks it after each thing done, on a swipe and after an idle time.
 * Two fetches at a time at the most, those for later episodes at low priority.
 */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { planPreload } from '../../core/preload/plan-preload.ts';
import { planSwipe } from '../../core/preload/plan-swipe.ts';
import type { CurrentEpisode, PreloadAction } from '../../core/preload/state.ts';
import { secondsAhead } from '../buffered.ts';
import { hasMediaSource } from '../hls-builds.ts';
import { UNATTENDED_BUFFER_SECONDS } from '../limits.ts';
import type { MediaLibrary } from '../media-library.ts';
import type { Player } from '../pool.ts';
import type { Device } from './device.ts';
import { toPreloadState } from './preload-state.ts';

export interface PreloadQueue {
  readonly current: FeedItemWire;
  /** The episodes after it, in the order of the feed. */
  readonly next: readonly FeedItemWire[];
  readonly attachedBehind: number;
}

export interface PreloaderOptions {
  readonly library: MediaLibrary;
  readonly device: Device;
  readonly queue: () => PreloadQueue | null;
  readonly player: (episodeId: string) => Player | null;
  readonly attach: (item: FeedItemWire) => void;
  readonly onPlan: (action: PreloadAction, episodeId: string) => void;
}

interface Flight {
  readonly item: FeedItemWire;
  /** Ended by a swipe, which says nothing of the line. */
  isGivenUp: boolean;
}

export class Preloader {
  readonly #options: PreloaderOptions;
  /** What is fetched now for later episodes, in the order of asking. */
  readonly #inFlight = new Set<Flight>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #currentId: string | null = null;
  #isStopped = true;
  #isStarted = false;
  #startLimitMs = 0;

  constructor(options: PreloaderOptions) {
    this.#options = options;
  }

  /** The viewer is at an episode now: what a swipe ends is ended, and the plan is made anew. */
  swiped(): void {
    const queue = this.#options.queue();
    if (queue === null) return;
    const before = this.#currentId;
    this.#currentId = queue.current.episode.id;
    this.#isStopped = false;
    if (before !== this.#currentId) {
      this.#isStarted = false;
      this.#startLimitMs = performance.now() + START_LIMIT_MS;
      this.#abortFor(queue);
    }
    this.#soon(0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const queue = this.#options.queue();
    // Watched although the page is hidden: in a small window of its own. Else nobody plays what would be fetched.
    if (queue !== null && this.#options.player(queue.current.episode.id)?.video.paused === false)
      this.#goal(queue.current, UNATTENDED_BUFFER_SECONDS);
  }

  /** The episode that is shown has its first frame: until then an element for the next one would take its time. */
  started(): void {
    this.#isStarted = true;
    this.#soon(0);
  }

  /** Ends every fetch but those of the episode that is shown and of the one after it. */
  #abortFor({ current, next }: PreloadQueue): void {
    const kept = [current, ...next].map(({ episode }) => episode.id);
    const flights = [...this.#inFlight];
    // Counted from the episode that is shown now: it is 0, and the next one is 1.
    const positions = flights.map(({ item }) => kept.indexOf(item.episode.id));
    const { abort } = planSwipe(positions, 0);
    for (const [index, flight] of flights.entries()) {
      if (!abort.includes(positions[index] ?? -1)) continue;
      flight.isGivenUp = true;
      this.#options.library.of(flight.item)?.abort();
    }
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#step(), ms);
  }

  #step(): void {
    if (this.#isStopped) return;
    // What is begun changes the plan: as long as something can be done, it is done at once.
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const waitMs = this.#act();
      if (waitMs !== null) return this.#soon(waitMs);
    }
    this.#soon(POLL_MS);
  }

  /** Milliseconds to wait; null where the next thing can be done at once. */
  #act(): number | null {
    const queue = this.#options.queue();
    if (queue === null) return POLL_MS;
    // Without MSE there is nothing that bytes could be given to: the browser fetches for an element.
    const state = hasMediaSource() ? toPreloadState(queue, this.#options) : null;
    const action = state === null ? this.#planNative(queue) : planPreload(state);
    if (state !== null) this.#goal(queue.current, aheadSeconds(state.current) - A_LITTLE_SECONDS);
    const item = action.kind === 'idle' ? null : [queue.current, ...queue.next][action.item];
    if (action.kind === 'idle' || item === undefined || item === null)
      return action.kind === 'idle' ? action.ms : POLL_MS;
    if (action.kind === 'attach' && !this.#isStarted && performance.now() < this.#startLimitMs) return POLL_MS;
    this.#options.onPlan(action, item.episode.id);
    if (action.kind === 'attach') {
      this.#options.attach(item);
      // It may not have got an element.
      return this.#options.player(item.episode.id) === null ? POLL_MS : null;
    }
    return this.#fetch(item, action) ? null : POLL_MS;
  }

  /** False when nothing was begun. */
  #fetch(item: FeedItemWire, action: Exclude<PreloadAction, { kind: 'idle' | 'attach' }>): boolean {
    const done = this.#open(item, action);
    if (done === null) return false;
    const { id } = item.episode;
    // hls.js takes what it finds in memory; it is only told how far.
    const player = this.#options.player(id);
    const end =
      action.kind === 'head' ? undefined : this.#options.library.of(item)?.segments[action.segment]?.toSeconds;
    if (player !== null && end !== undefined) player.engine.setGoal(end - player.video.currentTime - A_LITTLE_SECONDS);
    const flight: Flight = { item, isGivenUp: false };
    if (action.item > 0) this.#inFlight.add(flight);
    void done.then((came) => {
      this.#inFlight.delete(flight);
      this.#soon(came || flight.isGivenUp ? 0 : PAUSE_MS);
    });
    return true;
  }

  /** Resolves with whether it came; null where there is nothing to ask for. */
  #open(item: FeedItemWire, action: Exclude<PreloadAction, { kind: 'idle' | 'attach' }>): Promise<boolean> | null {
    const media = this.#options.library.of(item);
    if (media === null) return null;
    const priority = action.item === 0 ? 'high' : 'low';
    const segment = action.kind === 'head' ? 0 : action.segment;
    if (segment === 0) {
      const rest = media.openRest(priority);
      if (rest !== null) return rest.done.then(() => rest.part.end?.kind === 'whole');
      const bundle = media.openBundle(priority, { isHead: action.kind === 'head' });
      if (bundle !== null) return bundle.done.then(() => bundle.outcome === 'whole');
    }
    const rungUrl = this.#options.player(item.episode.id)?.engine.nextRungUrl ?? null;
    const url = media.segmentUrl(segment, rungUrl);
    if (url === null) return null;
    const { done, part } = media.openSegment(url, segment, priority);
    return done.then(() => part.end?.kind === 'whole');
  }

  #goal(item: FeedItemWire, seconds: number): void {
    this.#options.player(item.episode.id)?.engine.setGoal(seconds);
  }

  #planNative({ current, next }: PreloadQueue): PreloadAction {
    const player = this.#options.player(current.episode.id);
    const isFree = next[0] !== undefined && this.#options.player(next[0].episode.id) === null;
    const isSafe = player !== null && secondsAhead(player.video) >= SAFE_AHEAD_SECONDS;
    return isFree && isSafe ? { kind: 'attach', item: 1, evictBehind: 0 } : { kind: 'idle', ms: POLL_MS };
  }
}

/** All that is ahead of the viewer when it has come. */
function aheadSeconds({ segmentEndsSeconds, fetchedSegments, playheadSeconds }: CurrentEpisode): number {
  return (segmentEndsSeconds[fetchedSegments - 1] ?? 0) - playheadSeconds;
}

/** When there is nothing to be told of: the playhead has moved on. */
const POLL_MS = 100;
/** After a fetch that failed: it is not the time for what nobody waits for. */
const PAUSE_MS = 2_000;
/** Less than there will be, so that hls.js fetches nothing beyond it before it is asked again. */
const A_LITTLE_SECONDS = 0.35;
/** A start that takes longer is not in the way of an element. */
const START_LIMIT_MS = 400;
/** Actions in a row: two transfers and an element, and what there is in memory already. */
const MAX_STEPS = 8;
/** Without MSE: the next episode is attached once the current one has this much ahead. */
const SAFE_AHEAD_SECONDS = 2;
