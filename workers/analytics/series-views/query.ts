import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import { accumulate, type Rollup, type RollupSum } from '#core/qoe/rollup.ts';
import type { Dimension } from '#core/qoe/view-record.ts';
import { bucketOf, dimensionOf, isByEpisode, keyOf, segmentDimension, type GroupName } from './grouping.ts';
import { emptySum, SERIES_SCOPE, type SegmentRollups } from './rollup-rows.ts';
import { countViewers, type ViewerCounts } from './unique-viewers.ts';

interface StoredRollup {
  readonly scope: string;
  readonly at: number;
  readonly value: string | null;
  readonly rollup: Rollup;
}

interface Group extends GroupName {
  readonly sum: RollupSum;
}

export function query(sql: SqlStorage, request: RollupQuery): RollupGroup[] {
  const groups = new Map<string, Group>();
  if (request.by.length === 0) groupOf(groups, { episodeId: request.episodeId, fromMs: null, value: null });
  for (const { scope, at, value, rollup } of storedRollups(sql, request)) {
    const episodeId = request.episodeId ?? (scope === SERIES_SCOPE ? null : scope);
    accumulate(groupOf(groups, { episodeId, fromMs: bucketOf(request, at), value }).sum, rollup, 1);
  }
  const viewers = countViewers(sql, request);
  return [...groups.values()].map((group) => toAnswer(group, viewers));
}

function groupOf(groups: Map<string, Group>, named: GroupName): Group {
  const key = keyOf(named);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = { ...named, sum: emptySum() };
  groups.set(key, group);
  return group;
}

function toAnswer({ sum, ...named }: Group, viewers: ViewerCounts): RollupGroup {
  return { ...named, rollup: sum, uniqueViewers: viewers.get(keyOf(named)) ?? 0 };
}

function storedRollups(sql: SqlStorage, request: RollupQuery): Iterable<StoredRollup> {
  const { episodeId, fromMs, toMs } = request;
  const scope = episodeId ?? (isByEpisode(request) ? null : SERIES_SCOPE);
  const ofScope = scope === null ? `scope <> '${SERIES_SCOPE}'` : 'scope = ?3';
  const rows: Rows = {
    where: `grain = 'hour' AND at >= ?1 AND at < ?2 AND ${ofScope}`,
    values: scope === null ? [fromMs, toMs] : [fromMs, toMs, scope],
  };
  const dimension = dimensionOf(request) ?? segmentDimension(request);
  return dimension === null ? totals(sql, rows) : segments(sql, rows, request, dimension);
}

interface Rows {
  readonly where: string;
  readonly values: readonly SqlStorageValue[];
}

function* totals(sql: SqlStorage, { where, values }: Rows): Generator<StoredRollup> {
  const rows = sql.exec<{ scope: string; at: number; counts: string; sketches: string; curves: string }>(
    `SELECT scope, at, counts, sketches, curves FROM rollups WHERE ${where}`,
    ...values,
  );
  for (const { scope, at, counts, sketches, curves } of rows) {
    const rollup = { counts: JSON.parse(counts), sketches: JSON.parse(sketches), curves: JSON.parse(curves) };
    yield { scope, at, value: null, rollup: rollup as Rollup };
  }
}

function* segments(
  sql: SqlStorage,
  { where, values }: Rows,
  request: RollupQuery,
  dimension: Dimension,
): Generator<StoredRollup> {
  const { segment } = request;
  const isGrouped = dimensionOf(request) !== null;
  const rows = sql.exec<{ scope: string; at: number; rollups: string }>(
    `SELECT scope, at, rollups FROM segments WHERE ${where}`,
    ...values,
  );
  for (const { scope, at, rollups } of rows) {
    for (const [value, rollup] of Object.entries((JSON.parse(rollups) as SegmentRollups)[dimension] ?? {})) {
      if (segment?.dimension === dimension && segment.value !== value) continue;
      yield { scope, at, value: isGrouped ? value : null, rollup };
    }
  }
}
