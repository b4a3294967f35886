/** Once a minute: each alert's number over its window, held against its threshold. */
import { decideAlert } from '#core/qoe/alert-rule.ts';
import { periodOf } from '#core/qoe/answers/period.ts';
import { metricOf } from '#core/qoe/metric-names.ts';
import { metricsOf, type Metrics } from '#core/qoe/metrics.ts';
import { accumulate, copyOf, emptyRollup } from '#core/qoe/rollup.ts';
import { log, reasonOf } from '#shared/log.ts';
import { someAtOnce } from '#shared/some-at-once.ts';
import { ALERTS_AT_ONCE, MAX_ALERT_SERIES, OBJECTS_AT_ONCE } from '../limits.ts';
import { querySeries } from '../query-series.ts';
import { activeSeries } from '../read/active-series.ts';
import { FOR_METRICS } from '../read/groups.ts';
import { loadAlerts, type Alert } from './load.ts';
import { settleAlert } from './settle.ts';

/** One that fails leaves the others alone; it comes again in a minute. */
export async function evaluateAlerts(env: AnalyticsEnv, nowMs: number): Promise<void> {
  const measuring = new Map<string, Promise<Metrics>>();
  await someAtOnce(await loadAlerts(env.DB), ALERTS_AT_ONCE, (alert) =>
    evaluate(env, alert, measuring, nowMs).catch((thrown: unknown) =>
      log('error', 'alert_failed', { alertId: alert.id, reason: reasonOf(thrown) }),
    ),
  );
}

async function evaluate(
  env: AnalyticsEnv,
  alert: Alert,
  measuring: Map<string, Promise<Metrics>>,
  nowMs: number,
): Promise<void> {
  const { fromMs, toMs } = periodOf({ fromMs: nowMs - alert.windowMinutes * 60_000, toMs: null }, nowMs);
  // Several alerts look at the same numbers.
  const subject = `${alert.objectSeriesId}|${alert.episodeId}|${fromMs}|${countsViewers(alert)}`;
  const metrics = await (measuring.get(subject) ?? keep(measuring, subject, measure(env, alert, fromMs, toMs)));
  const value = metricOf(metrics, alert.rule.metric);
  const { views } = metrics;
  const outcome = decideAlert(alert.rule, alert.state, { value, views }, nowMs);
  if (outcome === 'stay' || value === null) return;
  const isTold = await settleAlert(env.DB, alert, { outcome, measured: { value, views }, fromMs, toMs }, nowMs);
  if (isTold) log('info', `alert_${outcome}`, { alertId: alert.id, metric: alert.rule.metric, value, views });
}

function countsViewers({ rule }: Alert): boolean {
  return rule.metric === 'uniqueViewers';
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  map.set(key, value);
  return value;
}

async function measure(env: AnalyticsEnv, alert: Alert, fromMs: number, toMs: number): Promise<Metrics> {
  const needed = { ...FOR_METRICS, viewers: countsViewers(alert) };
  const query = { episodeId: alert.episodeId, fromMs, toMs, by: [], segment: null, ...needed };
  const seriesIds =
    alert.objectSeriesId === null
      ? (await activeSeries(env.DB, fromMs, MAX_ALERT_SERIES)).seriesIds
      : [alert.objectSeriesId];
  const sum = copyOf(emptyRollup());
  let uniqueViewers: number | null = 0;
  const answers = await someAtOnce(seriesIds, OBJECTS_AT_ONCE, (seriesId) => querySeries(env, seriesId, query));
  for (const group of answers.flat()) {
    accumulate(sum, group.rollup, 1);
    // Somebody who watches two series is two here.
    uniqueViewers = group.uniqueViewers === null || uniqueViewers === null ? null : uniqueViewers + group.uniqueViewers;
  }
  return metricsOf(sum, uniqueViewers);
}
