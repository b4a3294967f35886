/**
 * What happens in one view, in order: all that the simulator knows, and all that the truth is made of. Positions are whole
 * hundredths of a second and times whole milliseconds since the visit began, so that the truth has nothing to round.
 */
import type { OfferMethod, StartSource } from '../../core/qoe/details.ts';
import type { LeftBy } from '../../core/qoe/view.ts';
import type { SimEpisode } from './library.ts';
import type { Person } from './people.ts';

export type Happening =
  | { readonly kind: 'first-frame'; readonly ms: number; readonly source: StartSource }
  /** `ms` is when it was over. */
  | { readonly kind: 'played'; readonly ms: number; readonly from: number; readonly to: number }
  | {
      readonly kind: 'waited';
      readonly ms: number;
      readonly at: number;
      readonly durationMs: number;
      readonly isOver: boolean;
    }
  | { readonly kind: 'paused'; readonly ms: number; readonly at: number }
  | { readonly kind: 'sought'; readonly ms: number; readonly from: number; readonly to: number }
  | { readonly kind: 'shown'; readonly at: number; readonly bandwidthBps: number; readonly heightPx: number }
  | { readonly kind: 'ended'; readonly ms: number; readonly at: number }
  | { readonly kind: 'muted' }
  | { readonly kind: 'paywall' }
  | { readonly kind: 'took'; readonly method: OfferMethod }
  | { readonly kind: 'unlocked'; readonly unlockMs: number }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'left'; readonly ms: number; readonly by: LeftBy }
  | { readonly kind: 'returned'; readonly ms: number }
  /** A beacon says all of the above, and how these counters stand. */
  | { readonly kind: 'told'; readonly counters: Counters };

export interface Counters {
  readonly fetched: number;
  readonly unwatched: number;
  readonly ahead: number;
  readonly bandwidthBps: number | null;
  readonly frames: { readonly total: number; readonly dropped: number };
}

export interface SimView {
  readonly viewId: string;
  readonly episode: SimEpisode;
  readonly index: number;
  readonly intentMs: number;
  readonly happenings: readonly Happening[];
}

export interface SimSession {
  readonly sessionId: string;
  readonly person: Person;
  readonly views: readonly SimView[];
}
