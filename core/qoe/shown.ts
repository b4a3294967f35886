import type { RenditionShown } from './details.ts';
import type { WatchedIntervals } from './intervals.ts';

export interface ShownStretch extends RenditionShown {
  /** Infinity for what was shown last. */
  readonly toSeconds: number;
}

/**
 * The renditions by position, in ascending order and without overlap. They are told in the order in which they came on, so
 * after a seek back one begins before another: from there on it is the later one that counts.
 */
export function renditionsByPosition(told: readonly RenditionShown[]): ShownStretch[] {
  const standing: RenditionShown[] = [];
  for (const each of told) {
    while ((standing.at(-1)?.atSeconds ?? -1) >= each.atSeconds) standing.pop();
    standing.push(each);
  }
  return standing.map((each, index) => ({ ...each, toSeconds: standing[index + 1]?.atSeconds ?? Infinity }));
}

/** Of what was watched, how much was in this stretch, in whole milliseconds. */
export function shownMs({ atSeconds, toSeconds }: ShownStretch, watched: WatchedIntervals): number {
  const overlap = ([from, to]: readonly [number, number]): number =>
    Math.max(0, Math.min(to, toSeconds) - Math.max(from, atSeconds));
  return Math.round(1_000 * watched.reduce((sum, stretch) => sum + overlap(stretch), 0));
}
