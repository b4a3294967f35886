/** A day that is over has a rollup of its own, and so has a week: a quarter is a dozen rows to read and not two thousand. */
import { readMeta, writeMeta } from './meta.ts';
import { RollupRows, type Grain } from './rollup-rows.ts';
import { listScopes } from './scopes.ts';
import { dayOf, DAY_MS, weekOf, WEEK_MS } from './time.ts';

/** Up to when, exclusive, days and weeks have rollups of their own. */
export interface Closed {
  readonly daysBeforeMs: number;
  readonly weeksBeforeMs: number;
}

export function readClosed(sql: SqlStorage): Closed {
  return {
    daysBeforeMs: Number(readMeta(sql, 'closedBefore') ?? Number.NEGATIVE_INFINITY),
    weeksBeforeMs: Number(readMeta(sql, 'weeksClosedBefore') ?? Number.NEGATIVE_INFINITY),
  };
}

/** The grains in which a moment is kept. What comes late for what is closed counts in all of them. */
export function grainsOf({ daysBeforeMs, weeksBeforeMs }: Closed, ms: number): readonly Grain[] {
  if (weekOf(ms) < weeksBeforeMs) return ['hour', 'day', 'week'];
  return dayOf(ms) < daysBeforeMs ? ['hour', 'day'] : ['hour'];
}

/** Within a transaction. Sums the hours of the days that have ended since the last time, and the days of the weeks. */
export function closeDays(sql: SqlStorage, nowMs: number): void {
  const { daysBeforeMs, weeksBeforeMs } = readClosed(sql);
  const [days, weeks] = [dayOf(nowMs), weekOf(nowMs)];
  for (const scope of listScopes(sql, 'rollups')) {
    sumUp(sql, scope, ['hour', 'day', dayOf], { fromMs: Math.max(daysBeforeMs, 0), toMs: days });
    sumUp(sql, scope, ['day', 'week', weekOf], { fromMs: Math.max(weeksBeforeMs, 0), toMs: weeks });
  }
  writeMeta(sql, 'closedBefore', String(days));
  writeMeta(sql, 'weeksClosedBefore', String(weeks));
}

/** An episode at a time, for the sake of memory. */
function sumUp(
  sql: SqlStorage,
  scope: string,
  [from, to, beginOf]: readonly [Grain, Grain, (ms: number) => number],
  { fromMs, toMs }: Range,
): void {
  const rows = new RollupRows(sql);
  const found = sql
    .exec<{ at: number }>(
      'SELECT at FROM rollups WHERE scope = ? AND grain = ? AND at >= ? AND at < ?',
      ...[scope, from, fromMs, toMs],
    )
    .toArray();
  for (const { at } of found) rows.addRow({ scope, grain: from, at }, { scope, grain: to, at: beginOf(at) });
  rows.write();
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one grain tells of a period. */
export type Part = readonly [Grain, Range];

/**
 * What a query of [fromMs, toMs) is read from: whole weeks where there are, days and hours for the rest. Hours before
 * `hoursFromMs` are no longer kept: a day that is asked for in part is told whole there.
 */
export function partsOf(range: Range, closed: Closed, hoursFromMs: number, longest: Grain): readonly Part[] {
  if (longest === 'hour') return [['hour', range]];
  const widened = widen(range, hoursFromMs);
  const days = within(widened, dayOf, DAY_MS, closed.daysBeforeMs);
  const weeks = longest === 'week' ? within(days, weekOf, WEEK_MS, closed.weeksBeforeMs) : { fromMs: 0, toMs: 0 };
  const all: readonly Part[] = [...around('hour', widened, days), ...around('day', days, weeks), ['week', weeks]];
  return all.filter(([, part]) => !isEmpty(part));
}

function widen({ fromMs, toMs }: Range, hoursFromMs: number): Range {
  return {
    fromMs: fromMs < hoursFromMs ? dayOf(fromMs) : fromMs,
    toMs: toMs < hoursFromMs && toMs % DAY_MS !== 0 ? dayOf(toMs) + DAY_MS : toMs,
  };
}

/** The whole days, or weeks, of a period that are closed. */
function within({ fromMs, toMs }: Range, beginOf: (ms: number) => number, lengthMs: number, beforeMs: number): Range {
  const whole = { fromMs: beginOf(fromMs + lengthMs - 1), toMs: Math.min(beginOf(toMs), beforeMs) };
  return isEmpty(whole) ? { fromMs: 0, toMs: 0 } : whole;
}

/** What of a period is before and after its middle. */
function around(grain: Grain, whole: Range, middle: Range): readonly Part[] {
  const sides = isEmpty(middle)
    ? [whole]
    : [
        { fromMs: whole.fromMs, toMs: middle.fromMs },
        { fromMs: middle.toMs, toMs: whole.toMs },
      ];
  return sides.map((side) => [grain, side]);
}

function isEmpty({ fromMs, toMs }: Range): boolean {
  return fromMs >= toMs;
}
