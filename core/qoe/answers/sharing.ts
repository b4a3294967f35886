/** What leaves the operator's own people tells of nobody: no cell of fewer than ten viewers. @see security.md ANA-8 */
import { MIN_VIEWERS_SHARED } from '../limits.ts';
import { isShareable } from '../metrics.ts';
import type { RollupGroup } from '../rollup-query.ts';
import { emptyRollup } from '../rollup.ts';

/** The one group of an answer. Of too few viewers it is told as if there were nobody, and says that it is. */
export function asShared(group: RollupGroup): RollupGroup & { readonly isSuppressed: boolean } {
  if (isShareable(group.uniqueViewers ?? 0)) return { ...group, isSuppressed: false };
  return { ...group, rollup: emptyRollup(), uniqueViewers: null, isSuppressed: true };
}

/**
 * The rows of one table that may be told. Where only one is held back, it is what the others leave of the total, so that the
 * next smallest is held back with it.
 */
export function sharedRows(groups: readonly RollupGroup[]): RollupGroup[] {
  const told = groups.filter(({ uniqueViewers }) => isShareable(uniqueViewers ?? 0));
  if (groups.length - told.length !== 1) return told;
  const smallest = Math.min(...told.map(({ uniqueViewers }) => uniqueViewers ?? 0));
  const at = told.findIndex(({ uniqueViewers }) => uniqueViewers === smallest);
  return told.filter((_, index) => index !== at);
}

/** A count that few viewers may be behind; 0 tells of nobody. */
export function sharedCount(count: number): number | null {
  return count > 0 && count < MIN_VIEWERS_SHARED ? null : count;
}

/** Points of a curve that enough viewers were there for. */
export function sharedPoints<Point>(points: readonly Point[], viewersOf: (point: Point) => number): Point[] {
  return points.filter((point) => viewersOf(point) >= MIN_VIEWERS_SHARED);
}
