/** What `GET /v1/feed`, `/v1/me/*` and `/v1/demo/session` answer: shared by the edge that writes it and the player that reads it. */

/** What a price means to this viewer, so that a sheet needs no second call. `shortCoins` includes debts. */
export interface PriceWire {
  readonly coins: number;
  readonly balance: number;
  readonly shortCoins: number;
}

export interface CoinOfferWire extends PriceWire {
  readonly method: 'coins';
}

/** A way to unlock. */
export type OfferWire =
  | CoinOfferWire
  /** `hours` run from the first play, which must come within `startWithinHours`. */
  | (PriceWire & { readonly method: 'rental'; readonly hours: number; readonly startWithinHours: number })
  | (PriceWire & {
      readonly method: 'bundle';
      /** What `POST …/unlocks` takes as `bundle`. */
      readonly bundle: { readonly kind: 'next' | 'season' | 'series'; readonly count?: number | undefined };
      readonly episodeCount: number;
      readonly listCoins: number;
      readonly discountPercent: number;
    })
  | { readonly method: 'ad'; readonly adsPerUnlock: number; readonly adsWatched: number; readonly adsLeftToday: number }
  | {
      readonly method: 'wait';
      readonly hours: number;
      /** ISO 8601, while a wait for this episode runs. */
      readonly readyAt: string | null;
      /** The episode of the series that is waited for now; one at a time. */
      readonly waitingForEpisodeId: string | null;
    }
  /** Sold by the operator's own shop. */
  | { readonly method: 'pass'; readonly passes: readonly string[] };

export interface DecisionWire {
  readonly access: 'full' | 'preview' | 'locked';
  /**
   * Why: `free`, `free-window`, `unlock`, `rental`, `ad`, `wait`, `grant`, `pass`, `preview`, `price`, `country`;
   * `unavailable` while what the viewer has unlocked cannot be read.
   */
  readonly basis: string;
  /** ISO 8601; null = does not end by itself. */
  readonly until: string | null;
  /** Length of the preview when access is `preview`, else null. */
  readonly previewSeconds: number | null;
  readonly offers: readonly OfferWire[];
}

export interface PlaybackWire {
  /** Multivariant Playlist under a media pass, no token in it. Any HLS player opens it. */
  readonly url: string;
  /** ISO 8601: the media pass lapses then; fetch the feed item again before. */
  readonly expiresAt: string;
  /** Length of what this viewer may play now: the preview's when access is `preview`. */
  readonly playableSeconds: number;
  readonly posterUrl: string;
  /** The playlists' text by absolute URL, so that a start costs no playlist round trip. Includes `url` itself. */
  readonly playlists: Readonly<Record<string, string>>;
  /** Of a version under `cbcs`: where the Clear Key CDM of the browser gets its license, by POST. */
  readonly licenseUrl?: string;
  /**
   * The start-up bundle: `{rendition}` stands for `v0` and so on. null where there is none: imported HLS, and segments
   * that come from a CDN.
   */
  readonly startUrl?: string | null;
  /** Media Initialization Sections by absolute URL, base64: of the renditions that the pass covers. Of a page's first items. */
  readonly inits?: Readonly<Record<string, string>>;
  /** What init section and first segment weigh together, by rendition: `{ v0: 123456 }`. Not of older versions. */
  readonly startBytes?: Readonly<Record<string, number>>;
}

/** Pictures of the whole episode, under the pass of `playback`; only where the viewer may see all of it. */
export interface ImagesWire {
  /** WebVTT that cuts the storyboard into stills, to scrub by. */
  readonly storyboardUrl?: string;
}

export interface FeedItemWire {
  readonly episode: {
    readonly id: string;
    readonly seriesId: string;
    readonly number: number;
    readonly title: string;
    /** BCP 47, of the title; null when the series does not say its own. */
    readonly language?: string | null;
    readonly durationSeconds: number;
    /**
     * Base64, a byte a second from 0 on: value / 255 is the share of viewers who are still there. Absent until there were
     * views enough; the player has a curve of its own for then. May be longer than the episode: then it is the series'.
     */
    readonly survival?: string;
    /** Base64: some 25 bytes that a player paints before the poster is there (ThumbHash). */
    readonly thumbhash?: string;
  };
  readonly decision: DecisionWire;
  /** null when nothing of the episode may be played (locked without preview). */
  readonly playback: PlaybackWire | null;
  /** Poster under a pass that opens images only; present even when locked. */
  readonly posterUrl: string;
  readonly images?: ImagesWire;
}

export interface FeedWire {
  readonly series: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    /** BCP 47, of the title; null when the series does not say its own. */
    readonly language?: string | null;
    readonly episodeCount: number;
  };
  readonly items: readonly FeedItemWire[];
  readonly nextCursor: string | null;
  /** Send `POST /v1/me/heartbeat` so often while something plays; null = streams are not counted here. */
  readonly heartbeatSeconds: number | null;
  /** Why nothing follows the last item; null when something does. */
  readonly end?: FeedEndWire | null;
  /** With `?resume=1`: where the viewer stopped, which is where the feed begins; null when nowhere. */
  readonly resume?: { readonly episodeId: string; readonly positionSeconds: number } | null;
}

/** `POST /v1/me/heartbeat`. Both null where streams are not counted. */
export interface HeartbeatWire {
  /** ISO 8601: the stream stops counting then, unless another heartbeat comes before. */
  readonly expiresAt: string | null;
  readonly nextHeartbeatSeconds: number | null;
}

export interface FeedEndWire {
  readonly reason: 'end-of-series' | 'choice-needed';
  /** To go on after `choice-needed`: `?at=` the episode of the choice that the viewer makes. */
  readonly choices: readonly { readonly choice: string; readonly episodeId: string }[];
}

export interface WalletWire {
  readonly coins: number;
  readonly paid: number;
  readonly bonus: number;
  readonly lots: readonly {
    readonly kind: 'paid' | 'bonus';
    readonly remaining: number;
    readonly expiresAt: string | null;
  }[];
  /** Owed after a chargeback: coins that come in pay it back first, and until then nothing is sold for coins. */
  readonly debtCoins: number;
  /** The viewer that has all of this now; null for one who was not merged. */
  readonly mergedInto: string | null;
}

/** A rental's clock: `until` is null while nobody has played it, which must happen by `startBy`. */
export interface RentalWire {
  readonly hours: number;
  readonly startBy: string;
  readonly startedAt: string | null;
  readonly until: string | null;
}

/** One episode of an unlock; of a bundle, with its share of the price. */
export interface UnlockedEpisodeWire {
  readonly id: string;
  readonly episodeId: string;
  readonly method: 'coins' | 'rental';
  readonly coins: number;
  readonly rental: RentalWire | null;
  readonly createdAt: string;
  /** When a refund, a chargeback or a merge ended it. */
  readonly endedAt: string | null;
}

/** `POST /v1/me/unlocks?item={episode}`: what the feed would say of that episode now. Without it, ask the feed. */
export interface WithItemWire {
  readonly item?: FeedItemWire;
}

export interface BundleUnlockWire extends WithItemWire {
  readonly method: 'coins';
  readonly episodeIds: readonly string[];
  readonly coins: number;
  readonly listCoins: number;
  readonly discountPercent: number;
  /** Each may be refunded by itself. */
  readonly unlocks: readonly UnlockedEpisodeWire[];
  readonly alreadyUnlocked: false;
  readonly wallet: WalletWire;
}

/** `POST …/quotes`: a price that holds until `expiresAt`. */
export interface QuoteWire {
  readonly id: string;
  readonly method: 'coins' | 'rental';
  readonly episodeIds: readonly string[];
  readonly coins: number;
  readonly listCoins: number;
  readonly discountPercent: number;
  readonly expiresAt: string;
}

export interface UnlockWire extends UnlockedEpisodeWire, WithItemWire {
  /** True when the viewer owned the episode before this call: nothing was debited. */
  readonly alreadyUnlocked: boolean;
  readonly wallet: WalletWire;
}

/** `POST /v1/demo/session` (only where DEMO=1): a guest viewer with some coins, for the page that ships with `npm start`. */
export interface DemoSessionWire {
  readonly viewerId: string;
  readonly token: string;
  readonly expiresAt: string;
  readonly series: string | null;
}
