/**
 * Does what the preload policy says (core/preload): asks it after each thing done, on a swipe and after an idle time.
 * One fetch at a time, at low priority: what plays is never made to wait by two.
 */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { planPreload } from '../../core/preload/plan-preload.ts';
import { planSwipe } from '../../core/preload/plan-swipe.ts';
import type { PreloadAction } from '../../core/preload/state.ts';
import { secondsAhead } from '../buffered.ts';
import { hasMediaSource } from '../hls-builds.ts';
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

export class Preloader {
  readonly #options: PreloaderOptions;
  /** Episodes that something is fetched for now, in the order of asking. */
  readonly #inFlight = new Map<string, FeedItemWire>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #currentId: string | null = null;
  #isStopped = true;

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
    if (before !== this.#currentId) this.#abortFor(queue);
    this.#soon(0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Ends every fetch but those of the episode that is shown and of the one after it. */
  #abortFor({ current, next }: PreloadQueue): void {
    const kept = [current, ...next].map(({ episode }) => episode.id);
    const flights = [...this.#inFlight.values()];
    // Counted from the episode that is shown now: it is 0, and the next one is 1.
    const positions = flights.map(({ episode }) => kept.indexOf(episode.id));
    const { abort } = planSwipe(positions, 0);
    for (const [index, item] of flights.entries()) {
      if (abort.includes(positions[index] ?? -1)) this.#options.library.of(item)?.abort();
    }
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => this.#step(), ms);
  }

  #step(): void {
    const queue = this.#options.queue();
    if (queue === null || this.#isStopped) return;
    // Without MSE there is nothing that bytes could be given to: the browser fetches for an element.
    const action = hasMediaSource() ? planPreload(toPreloadState(queue, this.#options)) : this.#planNative(queue);
    const item = action.kind === 'idle' ? null : [queue.current, ...queue.next][action.item];
    if (action.kind === 'idle' || item === undefined || item === null) {
      this.#goal(queue.current, 0);
      return this.#soon(action.kind === 'idle' ? action.ms : POLL_MS);
    }
    this.#options.onPlan(action, item.episode.id);
    if (action.kind === 'attach') {
      this.#options.attach(item);
      return this.#soon(POLL_MS);
    }
    this.#fetch(item, action.segment, action.item === 0);
  }

  #fetch(item: FeedItemWire, segment: number, isCurrent: boolean): void {
    const player = this.#options.player(item.episode.id);
    if (isCurrent || player !== null) {
      // hls.js fetches for what is attached; it is only told how far.
      this.#goal(item, player === null ? 0 : secondsAhead(player.video) + A_LITTLE_SECONDS);
      return this.#soon(POLL_MS);
    }
    const done = this.#open(item, segment);
    if (done === null) return this.#soon(POLL_MS);
    const { id } = item.episode;
    this.#inFlight.set(id, item);
    this.#attachEarly();
    void done.then((came) => {
      this.#inFlight.delete(id);
      this.#soon(came ? 0 : PAUSE_MS);
    });
  }

  /** What is on its way shows its first frame when its first chunk is there, not when all of it is. */
  #attachEarly(): void {
    const queue = this.#options.queue();
    const action = queue === null ? null : planPreload(toPreloadState(queue, this.#options));
    const item = action?.kind === 'attach' ? queue?.next[action.item - 1] : undefined;
    if (action === null || item === undefined) return;
    this.#options.onPlan(action, item.episode.id);
    this.#options.attach(item);
  }

  /** Resolves with whether it came. */
  #open(item: FeedItemWire, segment: number): Promise<boolean> | null {
    const media = this.#options.library.of(item);
    if (media === null) return null;
    const bundle = segment === 0 ? media.openBundle('low') : null;
    if (bundle !== null) return bundle.done.then(() => bundle.outcome === 'whole');
    const url = media.segments[segment]?.url;
    if (url === undefined) return null;
    const { done, part } = media.openSegment(url);
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

/** While hls.js does what was planned. */
const POLL_MS = 100;
/** After a fetch that failed: it is not the time for what nobody waits for. */
const PAUSE_MS = 2_000;
/** More than there is, so that hls.js fetches one segment more. */
const A_LITTLE_SECONDS = 0.2;
/** Without MSE: the next episode is attached once the current one has this much ahead. */
const SAFE_AHEAD_SECONDS = 2;
