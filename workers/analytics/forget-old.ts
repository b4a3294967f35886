/** What the cron forgets: raw events after 30 days, their keys after two, the days in D1 after 25 months. */
import { DAYS_KEPT_MS, MAX_FORGOTTEN_ROWS, MAX_RAW_PAGES, RAW_KEPT_MS, RAW_KEY_KEPT_MS } from './limits.ts';

const DAY_MS = 86_400_000;

export async function forgetOld(env: Pick<AnalyticsEnv, 'DB' | 'RAW_EVENTS'>, nowMs: number): Promise<void> {
  await forgetRawEvents(env.RAW_EVENTS, nowMs);
  await env.DB.batch([
    env.DB.prepare('DELETE FROM raw_event_keys WHERE day < ?').bind(nowMs - RAW_KEY_KEPT_MS),
    env.DB.prepare(
      'DELETE FROM episode_days WHERE rowid IN (SELECT rowid FROM episode_days WHERE day < ? LIMIT ?)',
    ).bind(nowMs - (nowMs % DAY_MS) - DAYS_KEPT_MS, MAX_FORGOTTEN_ROWS),
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
