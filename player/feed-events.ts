/** What `feed.on(name, …)` tells. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { PreloadAction } from '../core/preload/state.ts';
import type { StartSource } from '../core/qoe/details.ts';
import type { Stall } from '../core/qoe/view.ts';
import type { RenditionChange } from './engine.ts';
import type { PlaybackPhase, Progress } from './phase.ts';
import type { PlaybackFailure } from './recovery.ts';

export interface FeedEvents {
  readonly episodechange: { readonly index: number; readonly item: FeedItemWire };
  /** A media element was given to an episode: put it where it is to be seen. It may be attached long before it plays. */
  readonly mount: { readonly index: number; readonly episodeId: string; readonly video: HTMLVideoElement };
  /** The first frame is on the screen. */
  readonly startup: { readonly item: FeedItemWire; readonly startupMs: number; readonly source: StartSource };
  readonly phase: { readonly episodeId: string; readonly phase: PlaybackPhase };
  /** With each frame that plays. */
  readonly progress: Progress;
  readonly stall: Stall & { readonly episodeId: string };
  readonly rendition: RenditionChange & { readonly episodeId: string };
  /** The last frame of a preview stays on the screen. */
  readonly previewend: { readonly item: FeedItemWire };
  /** It takes an unlock to go on: open a paywall. */
  readonly entitlementrequired: { readonly item: FeedItemWire };
  /** The first frame beyond the preview is on the screen. */
  readonly unlock: { readonly episodeId: string; readonly unlockMs: number; readonly resumeMs: number };
  /** Played to its end; `isLast`: nothing follows. */
  readonly ended: { readonly item: FeedItemWire; readonly isLast: boolean };
  readonly preloadplan: { readonly action: PreloadAction; readonly episodeId: string };
  /** The browser wants a gesture first. */
  readonly autoplayrefused: { readonly muted: boolean };
  /** What is shown does not play. `retry` tries again. */
  readonly failure: {
    readonly episodeId: string;
    readonly failure: PlaybackFailure;
    readonly retry: () => void;
  };
}
