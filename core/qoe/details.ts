/** What a view tells beyond what was watched. All of it cumulative, so that the last beacon says everything. */

/** Where the first frame came from: a player that had it, bytes in memory, bytes on their way, or nothing yet. */
export type StartSource = 'attached' | 'bytes' | 'inflight' | 'net';
export const START_SOURCES: readonly StartSource[] = ['attached', 'bytes', 'inflight', 'net'];

export interface RenditionShown {
  readonly atSeconds: number;
  readonly bandwidthBps: number;
  readonly heightPx: number;
}

export interface Seek {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

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
}

export const RENDITIONS_PER_VIEW = 40;
export const SEEKS_PER_VIEW = 40;
export const MAX_ERROR_CHARACTERS = 60;
