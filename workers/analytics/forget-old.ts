/** What the cron forgets: raw events after 30 days, their keys after two, the days and weeks in D1 after 25 months. */
import { DAYS_KEPT_MS, MAX_FORGOTTEN_ROWS, MAX_RAW_PAGES, RAW_KEPT_MS, RAW_KEY_KEPT_MS } from './limits.ts';
import { weekOf } from './series-views/time.ts';

export async function forgetOld(env: Pick<AnalyticsEnv, 'DB' | 'RAW_EVENTS'>, nowMs: number): Promise<void> {
  await forgetRawEvents(env.RAW_EVENTS, nowMs);
  // As in a series' object, to the end of a week.
  const weeksFromMs = weekOf(nowMs - DAYS_KEPT_MS);
  const forget = (table: string): D1PreparedStatement =>
    env.DB.prepare(
      `DELETE FROM episode_${table}s WHERE rowid IN (SELECT rowid FROM episode_${table}s WHERE ${table} < ? LIMIT ?)`,
    ).bind(weeksFromMs, MAX_FORGOTTEN_ROWS);
  await env.DB.batch([
    env.DB.prepare('DELETE FROM raw_event_keys WHERE day < ?').bind(nowMs - RAW_KEY_KEPT_MS),
    forget('day'),
    forget('week'),
  ]);
}

/** Whole days: keys sort as time does, so the oldest come first. */
async function forgetRawEvents(bucket: R2Bucket, nowMs: number): Promise<void> {
  const firstKept = `raw/v1/${new Date(nowMs - RAW_KEPT_MS).toISOString().slice(0, 10)}/`;
  for (let page = 0; page < MAX_RAW_PAGES; page++) {
    const { objects, truncated } = await bucket.list({ prefix: 'raw/v1/' });
    const old = objects.filter(({ key }) => key < firstKept).map(({ key }) => key);
    if (old.length > 0) await bucket.delete(old);
    if (!truncated || old.length < objects.length) return;
  }
}
