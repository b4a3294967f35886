import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
/**
 * The headless feed: everything but what is seen. It plays, preloads, renews, unlocks and reports; an app puts
 * `feed.video(index)` on the page and calls `activate` on a swipe. `<micro-drama-feed>` is one skin of it.
 */
import type { AutoUnlockWire } from '../core/catalog/free-ways-wire.ts';
import type { ViewDetailsWire } from '../core/qoe/details.ts';
import type { LeftBy } from '../core/qoe/view.ts';
import type { ContextOptions } from './beacon-context.ts';
import { createEdgeClient, type AutoUnlockChange, type EdgeResult } from './edge-client.ts';
import type { AudioOption } from './engine.ts';
import type { FeedEvents } from './feed-events.ts';
import { createFeedOn, type FeedData } from './feed.ts';
import type { PlayerState } from './phase.ts';
import { PlayerFeed } from './player-feed.ts';
import type { ReadableStore } from './store.ts';
import { createTokenHolder, type RenewToken } from './viewer-token.ts';

export interface FeedOptions extends ContextOptions {
  /** Origin of the edge; empty for the page's own. */
  readonly edge?: string;
  readonly token: string;
  /** Series id or slug. */
  readonly series: string;
  /** Called shortly before the token lapses, or after a 401. */
  readonly onTokenExpiring?: RenewToken;
  /** Makes a media element; at most three are ever made. */
  readonly createVideo?: () => HTMLVideoElement;
  /** Where an episode's media element belongs; it is put there. Without it the app mounts it itself, on `mount`. */
  readonly container?: (index: number) => Element | null;
  /** false: nothing is said of the player with media requests. */
  readonly cmcd?: boolean;
}

export interface ActivateOptions {
  /** How the episode before was left. */
  readonly leftBy?: LeftBy;
  /** false: stays paused until `play()`. */
  readonly autoplay?: boolean;
  /** When the viewer decided, on `performance.now()`'s clock. */
  readonly intentAtMs?: number;
}

export interface Feed extends FeedData {
  /** What the shown media element says. */
  readonly player: ReadableStore<PlayerState>;
  on<Name extends keyof FeedEvents>(name: Name, listener: (detail: FeedEvents[Name]) => void): () => void;
  /** Shows this episode, which must be loaded (`reach`). */
  activate(index: number, options?: ActivateOptions): void;
  /**
   * Starts what is attached of an episode, as the first thing on the way to `activate`: until then there is much to be told
   * and kept, and a new frame is the sooner there. Nothing where there is no frame yet.
   */
  playNow(index: number): void;
  /** The media element of an episode; null while it has none. */
  video(index: number): HTMLVideoElement | null;
  /** The episode that is shown plays, or does so as soon as there is enough of it. */
  readonly isPlaying: boolean;
  play(): void;
  pause(): void;
  seek(seconds: number): void;
  restart(): void;
  muted: boolean;
  rate: number;
  /** Unlocks without asking what is about to stop, as far as the viewer's rule at the edge allows. */
  autoUnlock: boolean;
  autoUnlockRule(change?: AutoUnlockChange): Promise<EdgeResult<AutoUnlockWire>>;
  /** Languages of the shown episode; empty where there is one only. Captions are the media element's `textTracks`. */
  readonly audioOptions: readonly AudioOption[];
  selectAudio(id: number): void;
  /** What the running view tells, as it is now; null before the first. */
  viewDetails(): ViewDetailsWire | null;
  /** Asks anew whether an episode is open: after an ad, a pass that was bought, a wait that is over. It goes on if so. */
  recheck(episodeId: string): Promise<EdgeResult<FeedItemWire>>;
  /** A paywall is open: the view is told so, and leaving now is leaving by it. */
  paywallShown(isShown: boolean): void;
  destroy(): void;
}

export function createFeed(options: FeedOptions): Feed {
  const token = createTokenHolder(options.token, options.onTokenExpiring ?? null, () => Date.now());
  return new PlayerFeed(createFeedOn(createEdgeClient(options.edge ?? '', token), options.series), options);
}
