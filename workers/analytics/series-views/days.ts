/** A day that is over has a rollup of its own, so that a quarter is not two thousand hours to read. */
import { readMeta, writeMeta } from './meta.ts';
import { RollupRows, type Grain } from './rollup-rows.ts';
import { listScopes } from './scopes.ts';
import { dayOf, DAY_MS } from './time.ts';

/** Days before this one have rollups of their own. */
export function closedBefore(sql: SqlStorage): number {
  return Number(readMeta(sql, 'closedBefore') ?? Number.NEGATIVE_INFINITY);
}

/** The grains in which a moment is kept. What comes late for a day that is closed counts in both. */
export function grainsOf(closedBeforeMs: number, ms: number): readonly Grain[] {
  return dayOf(ms) < closedBeforeMs ? ['hour', 'day'] : ['hour'];
}

/** Within a transaction. Sums the hours of the days that have ended since the last time. */
export function closeDays(sql: SqlStorage, nowMs: number): void {
  const until = dayOf(nowMs);
  const since = closedBefore(sql);
  if (since >= until) return;
  for (const scope of listScopes(sql, 'rollups')) closeDaysOf(sql, scope, Math.max(since, 0), until);
  writeMeta(sql, 'closedBefore', String(until));
}

/** An episode at a time, for the sake of memory. */
function closeDaysOf(sql: SqlStorage, scope: string, fromMs: number, toMs: number): void {
  const rows = new RollupRows(sql);
  const hours = sql
    .exec<{ at: number }>(
      `SELECT at FROM rollups WHERE scope = ? AND grain = 'hour' AND at >= ? AND at < ?`,
      ...[scope, fromMs, toMs],
    )
    .toArray();
  for (const { at } of hours) rows.addRow({ scope, grain: 'hour', at }, { scope, grain: 'day', at: dayOf(at) });
  rows.write();
}

/** What a query of [fromMs, toMs) is read from: whole days where there are, and hours for the rest. */
export interface Parts {
  readonly days: Range;
  readonly hours: readonly Range[];
}
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Hours before `hoursFromMs` are no longer kept: a day that is asked for in part is told whole there. */
export function partsOf({ fromMs, toMs }: Range, closedBeforeMs: number, hoursFromMs: number): Parts {
  const widened = { fromMs: fromMs < hoursFromMs ? dayOf(fromMs) : fromMs, toMs };
  if (toMs < hoursFromMs && toMs % DAY_MS !== 0) widened.toMs = dayOf(toMs) + DAY_MS;
  const firstDay = dayOf(widened.fromMs + DAY_MS - 1);
  const end = Math.min(dayOf(widened.toMs), closedBeforeMs);
  if (end <= firstDay) return { days: { fromMs: 0, toMs: 0 }, hours: [widened] };
  const hours = [
    { fromMs: widened.fromMs, toMs: firstDay },
    { fromMs: end, toMs: widened.toMs },
  ];
  return { days: { fromMs: firstDay, toMs: end }, hours: hours.filter((range) => range.fromMs < range.toMs) };
}
