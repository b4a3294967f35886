/** Answers as tables, for spreadsheets: one row for each cell that people compare. */
import type { Cell, Table } from '#core/csv/to-csv.ts';
import { METRIC_NAMES, metricOf } from '../metric-names.ts';
import type { Metrics } from '../metrics.ts';
import type { BreakdownRow } from './breakdown.ts';
import type { DropoffAnswer } from './dropoffs.ts';
import type { FunnelAnswer } from './funnel.ts';
import type { RetentionAnswer } from './retention.ts';

export function retentionTable({ curve, survival, stalls }: RetentionAnswer): Table {
  const there = new Map(survival.map((point) => [point.atSeconds, point] as const));
  const stalled = new Map(stalls.map((point) => [point.atSeconds, point] as const));
  return {
    columns: ['atSeconds', 'viewers', 'plays', 'share', 'atRisk', 'left', 'survival', 'stalls', 'stallMs'],
    rows: curve.map(({ atSeconds, viewers, plays, share }) => {
      const { atRisk = null, left = null, share: stays = null } = there.get(atSeconds) ?? {};
      const { stalls: count = 0, stallMs = 0 } = stalled.get(atSeconds) ?? {};
      return [atSeconds, viewers, plays, share, atRisk, left, stays, count, stallMs];
    }),
  };
}

export function dropoffsTable(items: readonly DropoffAnswer[]): Table {
  return {
    columns: ['fromSeconds', 'toSeconds', 'atRisk', 'left', 'expected', 'verdict', 'bufferingShare', 'words'],
    rows: items.map((item) => [
      item.fromSeconds,
      item.toSeconds,
      item.atRisk,
      item.left,
      item.expected,
      item.verdict,
      item.bufferingShare,
      item.words ?? null,
    ]),
  };
}

/** The total is a row too. */
export function qoeTable(total: Metrics, by: { readonly [name: string]: readonly BreakdownRow[] }): Table {
  return {
    columns: ['dimension', 'value', ...METRIC_NAMES],
    rows: [
      ['all', '', ...cellsOf(total)],
      ...Object.entries(by).flatMap(([name, rows]) =>
        rows.map(({ value, metrics }) => [name, value, ...cellsOf(metrics)]),
      ),
    ],
  };
}

export function timeseriesTable(items: readonly { readonly at: string; readonly metrics: Metrics }[]): Table {
  return { columns: ['at', ...METRIC_NAMES], rows: items.map(({ at, metrics }) => [at, ...cellsOf(metrics)]) };
}

const STEP_COLUMNS = [
  'started',
  'nextEpisodeRate',
  'survival',
  'atRisk',
  'stopped',
  'paywalls',
  'unlocks',
  'paywallLift',
] as const;

export function funnelTable({ episodes }: Pick<FunnelAnswer, 'episodes'>): Table {
  return {
    columns: ['number', 'episodeId', 'title', ...STEP_COLUMNS, ...METRIC_NAMES],
    rows: episodes.map((step) => [
      step.number,
      step.episodeId,
      step.title,
      ...STEP_COLUMNS.map((name) => step[name]),
      ...cellsOf(step.metrics),
    ]),
  };
}

/** What is compared, below each other: a column says which is which. */
export function stacked(parts: readonly (readonly [name: string, table: Table])[]): Table {
  const [, first] = parts[0] ?? ['', { columns: [], rows: [] }];
  return {
    columns: ['part', ...first.columns],
    rows: parts.flatMap(([name, { rows }]) => rows.map((row) => [name, ...row])),
  };
}

function cellsOf(metrics: Metrics): Cell[] {
  return METRIC_NAMES.map((name) => metricOf(metrics, name));
}
