/** What the viewer's Durable Object knows that bears on the episodes at hand. */
export interface ViewerState {
  readonly coins: number;
  /** Owed after a chargeback: paid back first, and until then nothing is sold. */
  readonly debtCoins: number;
  /** By episode. */
  readonly unlocks: ReadonlyMap<string, EpisodeUnlock>;
  readonly grants: readonly ViewerGrant[];
  readonly waits: readonly Wait[];
  readonly ads: AdProgress;
}

/** How the viewer came by an episode. A bundle is paid with coins, so its episodes are unlocked by `coins`. */
export type UnlockMethod = 'coins' | 'rental' | 'ad' | 'wait';

export interface EpisodeUnlock {
  readonly method: UnlockMethod;
  /** null = for good, or a rental whose clock has not begun. */
  readonly untilSeconds: number | null;
  /** A rental that was not played yet; null for everything else. */
  readonly rental: { readonly hours: number; readonly startBySeconds: number } | null;
}

/** Given, not paid: by the operator's backend, or as a pass product when `pass` is set. */
export interface ViewerGrant {
  readonly scope: 'episode' | 'season' | 'series' | 'all';
  readonly targetId: string | null;
  readonly pass: string | null;
  readonly expiresAtSeconds: number | null;
}

/** A wait for a free episode that the viewer has begun. */
export interface Wait {
  readonly episodeId: string;
  readonly seriesId: string;
  readonly readyAtSeconds: number;
}

/** Rewarded ads that were verified: for one episode since its last unlock, and today by series. */
export interface AdProgress {
  readonly watchedByEpisode: ReadonlyMap<string, number>;
  readonly todayBySeries: ReadonlyMap<string, number>;
  /** How many more this viewer may watch today in all series together; null = no such limit. */
  readonly leftToday: number | null;
}

const NO_ADS: AdProgress = { watchedByEpisode: new Map(), todayBySeries: new Map(), leftToday: null };

/** A viewer of whom nothing is known: what a decision may rest on when the viewer's object does not answer. */
export const UNKNOWN_VIEWER: ViewerState = {
  coins: 0,
  debtCoins: 0,
  unlocks: new Map(),
  grants: [],
  waits: [],
  ads: NO_ADS,
};
