import type { WatchedIntervals } from './intervals.ts';

/** One object that came over the network, with the stretch of the episode that it holds. */
export interface FetchedObject {
  readonly bytes: number;
  /** null for what is no stretch: an init section. */
  readonly span: { readonly fromSeconds: number; readonly toSeconds: number } | null;
}

/** Bytes of which nothing was seen: each segment by the share that was not watched, an init section when nothing was. */
export function unwatchedBytes(objects: readonly FetchedObject[], watched: WatchedIntervals): number {
  return Math.round(objects.reduce((sum, { bytes, span }) => sum + bytes * (1 - watchedShare(span, watched)), 0));
}

function watchedShare(span: FetchedObject['span'], watched: WatchedIntervals): number {
  if (span === null) return watched.length === 0 ? 0 : 1;
  const { fromSeconds, toSeconds } = span;
  const overlap = ([from, to]: readonly [number, number]): number =>
    Math.max(0, Math.min(to, toSeconds) - Math.max(from, fromSeconds));
  const seconds = watched.reduce((sum, interval) => sum + overlap(interval), 0);
  return Math.min(1, seconds / Math.max(toSeconds - fromSeconds, Number.EPSILON));
}
