/** What the numbers of a series are asked for, and what is answered: rollups, of which metrics are made. */
import type { Rollup } from './rollup.ts';
import type { Dimension, Segment } from './view-record.ts';

export interface RollupQuery {
  /** One episode; null: all of the series, with what its sessions add. */
  readonly episodeId: string | null;
  /** Whole hours, UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** One group for each of these; several are combined only with `dimension` last: ['episode', 'time'], … */
  readonly by: readonly RollupGrouping[];
  /** Only this part of the audience; null is everybody. Not together with a `dimension` grouping of another dimension. */
  readonly segment: Segment | null;
  /** What of the rollups is needed; all of it where this is absent. Curves are most of what there is to read. */
  readonly parts?: readonly RollupPart[];
  /** false: who asks does not need `uniqueViewers`, which is null then. Counting them is most of the work of a large series. */
  readonly viewers?: boolean;
}

export type RollupPart = 'counts' | 'curves' | 'sketches';

export type RollupGrouping =
  | { readonly kind: 'episode' }
  | { readonly kind: 'time'; readonly grain: 'hour' | 'day' }
  | { readonly kind: 'dimension'; readonly dimension: Dimension };

export interface RollupGroup {
  readonly episodeId: string | null;
  readonly fromMs: number | null;
  readonly value: string | null;
  readonly rollup: Rollup;
  /** Exact; null where the views themselves are no longer kept. */
  readonly uniqueViewers: number | null;
}
