/** How a query's groups are named. */
import type { RollupGrouping, RollupQuery } from '#core/qoe/rollup-query.ts';
import { TOTAL, type Dimension } from '#core/qoe/view-record.ts';
import { DAY_MS, HOUR_MS } from './time.ts';

export interface GroupName {
  readonly episodeId: string | null;
  readonly fromMs: number | null;
  readonly value: string | null;
}

export function dimensionOf({ by }: Pick<RollupQuery, 'by'>): Dimension | null {
  return by.find((grouping) => grouping.kind === 'dimension')?.dimension ?? null;
}

export function bucketMs({ by }: Pick<RollupQuery, 'by'>): number | null {
  const time = by.find((grouping): grouping is Extract<RollupGrouping, { kind: 'time' }> => grouping.kind === 'time');
  return time === undefined ? null : time.grain === 'hour' ? HOUR_MS : DAY_MS;
}

export function isByEpisode({ by, episodeId }: Pick<RollupQuery, 'by' | 'episodeId'>): boolean {
  return episodeId !== null || by.some(({ kind }) => kind === 'episode');
}

export function bucketOf(request: RollupQuery, at: number): number | null {
  const size = bucketMs(request);
  return size === null ? null : at - (at % size);
}

export function keyOf({ episodeId, fromMs, value }: GroupName): string {
  return `${episodeId ?? ''} ${fromMs ?? ''} ${value ?? ''}`;
}

export function segmentDimension({ segment }: RollupQuery): Dimension | null {
  return segment === null || segment.dimension === TOTAL.dimension ? null : segment.dimension;
}
