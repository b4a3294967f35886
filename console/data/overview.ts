/** All series in one table: what was watched, and what was taken. */
import type { OverviewItem, UnlockReport } from '../../client/index.ts';
import { allOf, api } from './api.ts';
import { PAGE } from './catalog.ts';
import type { View } from './period.ts';

export interface OverviewRow extends OverviewItem {
  readonly unlocks: number;
  readonly coins: number;
}

export interface OverviewTotals {
  readonly views: number;
  readonly playingTimeMs: number;
  readonly completionRate: number | null;
  readonly rebufferPercentage: number | null;
  readonly unlocks: number;
  readonly coins: number;
  readonly waste: number | null;
  /** Estimated, by the documented list of prices. */
  readonly dollarsPerThousandViews: number | null;
}

export async function overviewOf({ range }: View): Promise<{ rows: OverviewRow[]; totals: OverviewTotals }> {
  const from = range['from'] ?? '';
  const [items, { items: unlocks }, cost] = await Promise.all([
    allOf((cursor) =>
      api.call('GET /v1/analytics/overview', {
        query: { from, by: 'series', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ),
    api.call('GET /v1/reports/unlocks', { query: { from, by: 'series' } }),
    api.call('GET /v1/analytics/cost', { query: { from } }),
  ]);
  const rows = items.map((item) => ({ ...item, ...takenIn(unlocks, item.seriesId) }));
  const { preloadWaste: waste, dollarsPerThousandViews } = cost;
  return { rows, totals: { ...totalsOf(rows), waste, dollarsPerThousandViews } };
}

/** What stayed: an unlock that was given back took nothing. */
function takenIn(unlocks: UnlockReport['items'], seriesId: string): { unlocks: number; coins: number } {
  const own = unlocks.filter((item) => item.seriesId === seriesId);
  return {
    unlocks: sum(own.map((item) => item.unlocks - item.refunded)),
    coins: sum(own.map((item) => item.coins - item.refundedCoins)),
  };
}

/** Rates are ratios of sums, so they are taken apart into their sums first. */
function totalsOf(rows: readonly OverviewRow[]): Omit<OverviewTotals, 'waste' | 'dollarsPerThousandViews'> {
  const starts = sum(rows.map((row) => row.starts));
  const completed = sum(rows.map((row) => (row.completionRate ?? 0) * row.starts));
  const playingTimeMs = sum(rows.map((row) => row.playingTimeMs));
  const stallMs = sum(rows.map(stallMsOf));
  return {
    views: sum(rows.map((row) => row.views)),
    playingTimeMs,
    completionRate: starts === 0 ? null : completed / starts,
    rebufferPercentage: playingTimeMs + stallMs === 0 ? null : (100 * stallMs) / (stallMs + playingTimeMs),
    unlocks: sum(rows.map((row) => row.unlocks)),
    coins: sum(rows.map((row) => row.coins)),
  };
}

/** Of a hundred parts of playing and stalling, `rebufferPercentage` were stalling. */
function stallMsOf({ rebufferPercentage, playingTimeMs }: OverviewRow): number {
  const stalled = rebufferPercentage ?? 0;
  return stalled >= 100 ? 0 : (playingTimeMs * stalled) / (100 - stalled);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
