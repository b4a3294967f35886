/** What episodes had in a period of whole days, from D1: whole weeks where there are, and days for the rest. */
import { weekOf, WEEK_MS } from '../series-views/time.ts';

export interface Days {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The first four parameters of a statement: the period's days before its whole weeks, these, and those after. */
export type DayBounds = readonly [fromMs: number, weeksFromMs: number, weeksToMs: number, toMs: number];

export function dayBounds({ fromMs, toMs }: Days): DayBounds {
  const [weeksFrom, weeksTo] = [weekOf(fromMs + WEEK_MS - 1), weekOf(toMs)];
  return weeksFrom < weeksTo ? [fromMs, weeksFrom, weeksTo, toMs] : [fromMs, toMs, toMs, toMs];
}

/** A table to select from, with `columns` of `episode_days`. `condition` is about columns that both tables have. */
export function daySumsSql(columns: readonly string[], condition = '1'): string {
  const select = (table: string, from: string, to: string): string =>
    `SELECT ${columns.join(', ')} FROM episode_${table}s WHERE ${condition} AND ${table} >= ${from} AND ${table} < ${to}`;
  return `(${[select('day', '?1', '?2'), select('week', '?2', '?3'), select('day', '?3', '?4')].join(' UNION ALL ')})`;
}
