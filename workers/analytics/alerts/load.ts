import type { AlertRule, AlertState } from '#core/qoe/alert-rule.ts';
import type { MetricName } from '#core/qoe/metric-names.ts';

/** A row of `alerts` as it was read: what it says is what a write must find again. */
export interface Alert {
  readonly id: string;
  readonly name: string;
  readonly episodeId: string | null;
  readonly seriesId: string | null;
  /** Where the numbers are: the series, or that of the episode; null: all of them. */
  readonly objectSeriesId: string | null;
  readonly windowMinutes: number;
  readonly rule: AlertRule;
  readonly state: AlertState;
  readonly updatedAtMs: number;
}

interface Row {
  id: string;
  name: string;
  episode_id: string | null;
  series_id: string | null;
  object_series_id: string | null;
  metric: MetricName;
  comparison: 'above' | 'below';
  threshold: number;
  min_views: number;
  window_minutes: number;
  cool_down_minutes: number;
  updated_at: number;
  firing_since_at: number | null;
  fired_at: number | null;
}

export async function loadAlerts(db: D1Database): Promise<Alert[]> {
  const { results } = await db
    .prepare(
      `SELECT a.*, COALESCE(a.series_id, e.series_id) AS object_series_id
       FROM alerts a LEFT JOIN episodes e ON e.id = a.episode_id WHERE a.enabled = 1`,
    )
    .all<Row>();
  return results.map((row) => ({
    id: row.id,
    name: row.name,
    episodeId: row.episode_id,
    seriesId: row.series_id,
    objectSeriesId: row.object_series_id,
    windowMinutes: row.window_minutes,
    rule: {
      metric: row.metric,
      comparison: row.comparison,
      threshold: row.threshold,
      minViews: row.min_views,
      coolDownMinutes: row.cool_down_minutes,
    },
    state: { firingSinceMs: row.firing_since_at, firedAtMs: row.fired_at },
    updatedAtMs: row.updated_at,
  }));
}
