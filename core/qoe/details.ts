/** What a view tells beyond what was watched. All of it cumulative, so that the last beacon says everything. */

/** Where the first frame came from: a player that had it, bytes in memory, bytes on their way, or nothing yet. */
export type StartSource = 'attached' | 'bytes' | 'inflight' | 'net';
export const START_SOURCES: readonly StartSource[] = ['attached', 'bytes', 'inflight', 'net'];

export interface RenditionShown {
  readonly atSeconds: number;
  readonly bandwidthBps: number;
  /** null from who tells bit rates only (CMCD). */
  readonly heightPx: number | null;
}

/** Told by the player where it is further than a frame. */
export interface Seek {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Where a view stands in its visit. On the player's clock: what reaches us first need not have been first. */
export interface PlaceInSession {
  /** 0 is what the page opened with; the others were swiped, tapped or played on to. */
  readonly index: number;
  /** All in milliseconds since the visit began; null for what has not been. */
  readonly intentMs: number;
  readonly endedMs: number | null;
  readonly leftMs: number | null;
}

/** How an episode was unlocked; what was paid for it is the ledger's to say. */
export const OFFER_METHODS = ['coins', 'rental', 'bundle', 'ad', 'wait', 'pass'] as const;
export type OfferMethod = (typeof OFFER_METHODS)[number];

/** Captions as they are now, and how often they were put on, off or into another language. */
export interface CaptionUse {
  /** BCP 47; null: off. */
  readonly language: string | null;
  readonly changes: number;
}

/** Which episode came after this view, as the feed has them. How it was left is `leftBy`. */
export const WENT_TO = ['next', 'previous', 'other'] as const;
export type WentTo = (typeof WENT_TO)[number];

export interface ViewDetailsWire {
  readonly startSource: StartSource | null;
  readonly renditions: readonly RenditionShown[];
  readonly seeks: readonly Seek[];
  readonly frames: { readonly total: number; readonly dropped: number } | null;
  readonly bytes: {
    /** Media of this episode that came over the network, ahead of the view or during it. */
    readonly fetched: number;
    /** Of those, what was not watched. */
    readonly unwatched: number;
    /** Fetched for episodes that have had no view yet. Not a sum: the session's last view has the session's figure. */
    readonly ahead: number;
  };
  /** As measured; null before the first sample of the visit. */
  readonly bandwidthBps: number | null;
  readonly muted: boolean;
  readonly muteChanges: number;
  readonly paywallShown: boolean;
  /** From the unlock's request to the first frame beyond the preview. */
  readonly unlockMs: number | null;
  /** Why it stopped for good, as the engine names it; never a URL. */
  readonly error: string | null;
  /** The stretches in the order they were played: one played again is there twice. Absent or null from who does not tell. */
  readonly plays?: readonly (readonly [fromSeconds: number, toSeconds: number])[] | null;
  readonly place?: PlaceInSession | null;
  /** What the viewer took at the paywall. */
  readonly offerTaken?: OfferMethod | null;
  readonly captions?: CaptionUse | null;
  /** null while nothing came after it. */
  readonly wentTo?: WentTo | null;
  /** How often it was begun again from the start, by the viewer. */
  readonly replays?: number;
}

export const RENDITIONS_PER_VIEW = 40;
export const SEEKS_PER_VIEW = 40;
export const PLAYS_PER_VIEW = 60;
export const MAX_ERROR_CHARACTERS = 60;
