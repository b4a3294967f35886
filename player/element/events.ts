/** What the events of `<micro-drama-feed>` bring in `detail`. */
import type { FeedItemWire, OfferWire } from '../../core/catalog/feed-wire.ts';
import type { FeedEvents } from '../feed-events.ts';
import type { FeedState } from '../feed-state.ts';

export interface EpisodeDetail {
  readonly episodeId: string;
}

export interface EpisodeChangeDetail {
  readonly index: number;
  readonly item: FeedItemWire;
}

export interface StartupDetail extends EpisodeDetail {
  /** From the swipe to the first frame on the screen. */
  readonly startupMs: number;
  /** The first frame was decoded before the swipe. */
  readonly wasWarm: boolean;
  readonly source: FeedEvents['startup']['source'];
}

export interface EntitlementDetail extends EpisodeDetail {
  readonly offers: readonly OfferWire[];
}

export interface OfferDetail extends EpisodeDetail {
  readonly offer: OfferWire;
  /** Asks the edge anew, and plays on if the episode is open now. */
  readonly recheck: () => Promise<void>;
}

export interface StateDetail {
  readonly state: FeedState;
}

export type StallDetail = FeedEvents['stall'];
export type UnlockDetail = FeedEvents['unlock'];
export type PreloadDetail = FeedEvents['preloadplan'];

export interface ElementEvents {
  readonly episodechange: EpisodeChangeDetail;
  readonly startup: StartupDetail;
  readonly stall: StallDetail;
  readonly previewend: EpisodeDetail;
  readonly entitlementrequired: EntitlementDetail;
  readonly offerselect: OfferDetail;
  readonly unlock: UnlockDetail;
  readonly preloadplan: PreloadDetail;
  readonly statechange: StateDetail;
}

export type EmitEvent = <Name extends keyof ElementEvents>(name: Name, detail: ElementEvents[Name]) => void;
