/** What `…/qoe?by=` answers: one table for each dimension, the worst experience first. */
import { MAX_BREAKDOWN_ROWS } from '../limits.ts';
import { metricsOf, type Metrics } from '../metrics.ts';
import type { RollupGroup } from '../rollup-query.ts';
import { sharedRows } from './sharing.ts';

export interface BreakdownRow {
  readonly value: string;
  readonly metrics: Metrics;
}

export interface BreakdownOptions {
  /** Rows of fewer views are left out: one unlucky view is not the worst country. */
  readonly minViews: number;
  readonly isShared: boolean;
}

export function breakdownOf(
  groups: readonly RollupGroup[],
  { minViews, isShared }: BreakdownOptions,
): readonly BreakdownRow[] {
  const rows = (isShared ? sharedRows(groups) : groups)
    .map(({ value, rollup, uniqueViewers }) => ({
      value: value ?? 'unknown',
      metrics: metricsOf(rollup, uniqueViewers),
    }))
    .filter(({ metrics }) => metrics.views >= minViews);
  // Of more values than anybody reads, those with the most views.
  return rows.toSorted(byViews).slice(0, MAX_BREAKDOWN_ROWS).toSorted(byExperience);
}

function byViews(a: BreakdownRow, b: BreakdownRow): number {
  return b.metrics.views - a.metrics.views || (a.value < b.value ? -1 : 1);
}

/** Who has no score is last: nothing is known of them. */
function byExperience(a: BreakdownRow, b: BreakdownRow): number {
  const score = ({ metrics }: BreakdownRow): number => metrics.viewerExperienceScore ?? Infinity;
  const [first, second] = [score(a), score(b)];
  return first === second ? byViews(a, b) : first - second;
}
