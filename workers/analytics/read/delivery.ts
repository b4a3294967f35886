/** What was delivered: of one series by its object, to the hour; of all by their days in D1. */
import type { DeliveryCounts } from '#core/qoe/answers/cost.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import { readBinding } from '#shared/binding-call.ts';
import { dayBounds, daySumsSql } from './day-sums.ts';
import { wholeOf } from './groups.ts';
import type { AskedPart } from './query.ts';

export async function deliveryOfSeries(env: AnalyticsEnv, seriesId: string, part: AskedPart): Promise<DeliveryCounts> {
  const { rollup } = await wholeOf(env, { seriesId, episodeId: null, part }, false, {
    parts: ['counts'],
    viewers: false,
  });
  const { views, starts } = metricsOf(rollup);
  const { playedMs = 0, fetchedBytes = 0, unwatchedBytes = 0, aheadBytes = 0 } = rollup.counts;
  return { views, starts, playedMs, fetchedBytes, unwatchedBytes, aheadBytes };
}

const OUTCOMES = [
  ...['started', 'playback_failures', 'startup_failures', 'exits_before_start'],
  ...['business_exceptions', 'flicks', 'pending'],
];
const BYTES_AND_TIME = ['played_ms', 'fetched_bytes', 'unwatched_bytes'];
const SELECT = `
SELECT
  COALESCE(SUM(${OUTCOMES.join(' + ')}), 0) AS views,
  COALESCE(SUM(started + playback_failures), 0) AS starts, COALESCE(SUM(played_ms), 0) AS playedMs,
  COALESCE(SUM(fetched_bytes), 0) AS fetchedBytes, COALESCE(SUM(unwatched_bytes), 0) AS unwatchedBytes
FROM ${daySumsSql([...OUTCOMES, ...BYTES_AND_TIME])}`;

/** What was fetched ahead and never viewed is of a session, and no episode's. */
export async function deliveryOfAll(db: D1Database, { fromMs, toMs }: AskedPart): Promise<DeliveryCounts> {
  const row = await readBinding('catalogue', () =>
    db
      .prepare(SELECT)
      .bind(...dayBounds({ fromMs, toMs }))
      .first<Omit<DeliveryCounts, 'aheadBytes'>>(),
  );
  const none = { views: 0, starts: 0, playedMs: 0, fetchedBytes: 0, unwatchedBytes: 0 };
  return { ...(row ?? none), aheadBytes: null };
}
