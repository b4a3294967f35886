import type { SimEpisode } from './audience.ts';

export interface WindowItem {
  readonly episode: SimEpisode;
  /** The rung of each segment that is here, from the first on. */
  readonly rungs: readonly number[];
}

/** What a policy sees when the link is free. */
export interface SimMoment {
  /** The current episode and those after it. */
  readonly window: readonly WindowItem[];
  readonly playheadSeconds: number;
  readonly bufferedSeconds: number;
  /** Rates of the transfers so far, in bit/s; the round trip is part of their time. */
  readonly ratesBps: readonly number[];
}

export type SimDecision =
  | { readonly kind: 'fetch'; readonly item: number; readonly rung: number }
  | { readonly kind: 'idle'; readonly ms: number };

export interface SimPolicy {
  readonly decide: (moment: SimMoment) => SimDecision;
  /** Whether a swipe to the next episode ends the transfer for this item, counted from the episode that is left. */
  readonly abortsOnSwipe: (item: number) => boolean;
}

/** Episodes that a policy may fetch for: the current one and four after it, as in the challenge. */
export const WINDOW = 5;

export function remainingSegments({ episode, rungs }: WindowItem): number {
  return episode.segmentEndsSeconds.length - rungs.length;
}

export function fetchedSeconds({ episode, rungs }: WindowItem): number {
  return episode.segmentEndsSeconds[rungs.length - 1] ?? 0;
}

/** The harmonic mean: what so many bytes would have taken at these rates. */
export function harmonicMean(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}
