import type { RollupGroup, RollupPart, RollupQuery } from '#core/qoe/rollup-query.ts';
import { emptyRollup, type RollupSum } from '#core/qoe/rollup.ts';
import type { Dimension } from '#core/qoe/view-record.ts';
import { partsOf, readClosed, type Part, type Range } from './days.ts';
import { bucketMs, bucketOf, dimensionOf, isByEpisode, keyOf, segmentDimension, type GroupName } from './grouping.ts';
import { hoursFrom, viewsFrom } from './retention.ts';
import { bytesOfRow, SERIES_SCOPE, type Grain, type RollupRow } from './rollup-rows.ts';
import { listScopes } from './scopes.ts';
import { addStored, ALL_PARTS, readSegments, type RollupBytes } from './segment-bytes.ts';
import { DAY_MS, HOUR_MS } from './time.ts';
import { countViewers, type ViewerCounts } from './unique-viewers.ts';

interface StoredRollup {
  readonly at: number;
  readonly value: string | null;
  readonly bytes: RollupBytes;
}

interface Group extends GroupName {
  readonly sum: RollupSum;
}

export function query(sql: SqlStorage, request: RollupQuery): RollupGroup[] {
  const groups = new Map<string, Group>();
  if (request.by.length === 0) groupOf(groups, { episodeId: request.episodeId, fromMs: null, value: null });
  const ranges = rangesOf(sql, request);
  const parts = new Set(request.parts ?? ALL_PARTS);
  for (const scope of scopesOf(sql, request)) {
    const episodeId = scope === SERIES_SCOPE ? null : scope;
    for (const [grain, range] of ranges) {
      for (const { at, value, bytes } of storedRollups(sql, request, parts, { scope, grain, ...range }))
        addStored(groupOf(groups, { episodeId, fromMs: bucketOf(request, at), value }).sum, bytes, parts);
    }
  }
  const viewers = request.viewers === false ? null : countViewers(sql, request);
  const knownFromMs = viewsFrom(sql);
  return [...groups.values()].map((group) => toAnswer(group, viewers, (group.fromMs ?? request.fromMs) >= knownFromMs));
}

function scopesOf(sql: SqlStorage, request: RollupQuery): readonly string[] {
  if (request.episodeId !== null) return [request.episodeId];
  return isByEpisode(request) ? listScopes(sql, 'rollups').filter((scope) => scope !== SERIES_SCOPE) : [SERIES_SCOPE];
}

/** A group of its own for each hour, or day, is told by nothing longer than it. */
function rangesOf(sql: SqlStorage, request: RollupQuery): readonly Part[] {
  const size = bucketMs(request);
  const longest = size === HOUR_MS ? 'hour' : size === DAY_MS ? 'day' : 'week';
  return partsOf({ fromMs: request.fromMs, toMs: request.toMs }, readClosed(sql), hoursFrom(sql), longest);
}

function groupOf(groups: Map<string, Group>, named: GroupName): Group {
  const key = keyOf(named);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group = { ...named, sum: emptyRollup() };
  groups.set(key, group);
  return group;
}

/** Where some of the views are no longer kept, it is not known how many viewers there were. */
function toAnswer({ sum, ...named }: Group, viewers: ViewerCounts | null, isKnown: boolean): RollupGroup {
  const uniqueViewers = viewers === null || !isKnown ? null : (viewers.get(keyOf(named)) ?? 0);
  return { ...named, rollup: sum, uniqueViewers };
}

interface Stretch extends Range {
  readonly scope: string;
  readonly grain: Grain;
}

function storedRollups(
  sql: SqlStorage,
  request: RollupQuery,
  parts: ReadonlySet<RollupPart>,
  stretch: Stretch,
): Iterable<StoredRollup> {
  const dimension = dimensionOf(request) ?? segmentDimension(request);
  return dimension === null ? totals(sql, stretch, parts) : segments(sql, stretch, request, dimension);
}

const WHERE = 'scope = ? AND grain = ? AND at >= ? AND at < ?';

/** What is not asked for is not read: the curves of a row lie on pages of their own. */
function* totals(sql: SqlStorage, stretch: Stretch, parts: ReadonlySet<RollupPart>): Generator<StoredRollup> {
  const columns = [...ALL_PARTS].map((part) => (parts.has(part) ? part : `x'' AS ${part}`)).join(', ');
  const { scope, grain, fromMs, toMs } = stretch;
  const rows = sql.exec<RollupRow & { at: number }>(
    `SELECT at, ${columns} FROM rollups WHERE ${WHERE}`,
    ...[scope, grain, fromMs, toMs],
  );
  for (const row of rows) yield { at: row.at, value: null, bytes: bytesOfRow(row) };
}

function* segments(
  sql: SqlStorage,
  { scope, grain, fromMs, toMs }: Stretch,
  request: RollupQuery,
  dimension: Dimension,
): Generator<StoredRollup> {
  const isGrouped = dimensionOf(request) !== null;
  const only = request.segment?.dimension === dimension ? request.segment.value : undefined;
  const rows = sql.exec<{ at: number; segments: ArrayBuffer }>(
    `SELECT at, segments FROM segments WHERE ${WHERE}`,
    ...[scope, grain, fromMs, toMs],
  );
  for (const { at, segments: stored } of rows) {
    for (const { value, bytes } of readSegments(new Uint8Array(stored), dimension))
      if (only === undefined || value === only) yield { at, value: isGrouped ? value : null, bytes };
  }
}
