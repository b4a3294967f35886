import { utcDayStart } from '#core/time/utc-day.ts';
import type { LeavingFreeWays, UsedAdView } from '#shared/viewer/free-ways-rpc.ts';
import { insertBrought } from './brought-unlocks.ts';
import { findFreeUnlock, listFreeUnlocks } from './free-unlocks.ts';
import { listResume, takeInResume } from './resume.ts';
import { runningWaits, takeInWait } from './waits.ts';

/**
 * What a guest takes along that is no part of the ledger. The switch for automatic unlocks stays behind: whoever has an
 * account has said there what may be spent.
 */
export function leavingFreeWays(sql: SqlStorage, nowMs: number): LeavingFreeWays {
  return {
    unlocks: listFreeUnlocks(sql, nowMs),
    waits: runningWaits(sql, nowMs),
    adViews: sql
      .exec<LeavingFreeWays['adViews'][number]>(
        `SELECT network, transaction_id AS transactionId, intent_id AS intentId, episode_id AS episodeId,
           series_id AS seriesId, watched_at AS watchedAtMs FROM ad_views WHERE unlock_id IS NULL`,
      )
      .toArray(),
    usedAdViews: sql
      .exec<{ [name in keyof UsedAdView]: UsedAdView[name] }>(
        `SELECT network, transaction_id AS transactionId, series_id AS seriesId, watched_at AS watchedAtMs
         FROM ad_views WHERE unlock_id IS NOT NULL AND watched_at >= ?1
         UNION ALL SELECT network, transaction_id, series_id, watched_at FROM brought_ad_views WHERE watched_at >= ?1`,
        utcDayStart(nowMs),
      )
      .toArray(),
    adIntents: sql
      .exec<LeavingFreeWays['adIntents'][number]>(
        `SELECT id, episode_id AS episodeId, series_id AS seriesId, network, ads_per_unlock AS adsPerUnlock,
           daily_cap AS dailyCap, created_at AS createdAtMs, expires_at AS expiresAtMs
         FROM ad_intents WHERE expires_at > ? ORDER BY seq`,
        nowMs,
      )
      .toArray(),
    resume: listResume(sql),
  };
}

export function takeInFreeWays(sql: SqlStorage, free: LeavingFreeWays, nowMs: number): void {
  // A wait may have ended on the way.
  const ready = free.waits
    .filter(({ readyAtMs }) => readyAtMs <= nowMs)
    .map(({ id, episodeId, readyAtMs }) => ({ id, episodeId, method: 'wait' as const, createdAtMs: readyAtMs }));
  for (const unlock of [...free.unlocks, ...ready])
    if (findFreeUnlock(sql, unlock.episodeId, nowMs) === null) insertBrought(sql, unlock);
  for (const wait of free.waits) if (wait.readyAtMs > nowMs) takeInWait(sql, wait, nowMs);
  takeInAds(sql, free);
  takeInResume(sql, free.resume);
}

/** Ads that were watched towards an unlock, and those that are being watched now: their callbacks follow the guest. */
function takeInAds(sql: SqlStorage, { adViews, usedAdViews, adIntents }: LeavingFreeWays): void {
  takeInUsedViews(sql, usedAdViews);
  for (const view of adViews) {
    sql.exec(
      `INSERT INTO ad_views (network, transaction_id, intent_id, episode_id, series_id, watched_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM ad_views
         WHERE intent_id = ?3 OR (network = ?1 AND transaction_id = ?2))`,
      view.network,
      view.transactionId,
      view.intentId,
      view.episodeId,
      view.seriesId,
      view.watchedAtMs,
    );
  }
  for (const intent of adIntents) {
    sql.exec(
      `INSERT INTO ad_intents (id, seq, episode_id, series_id, network, ads_per_unlock, daily_cap, created_at, expires_at)
       VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM ad_intents), ?, ?, ?, ?, ?, ?, ?)`,
      intent.id,
      intent.episodeId,
      intent.seriesId,
      intent.network,
      intent.adsPerUnlock,
      intent.dailyCap,
      intent.createdAtMs,
      intent.expiresAtMs,
    );
  }
}

function takeInUsedViews(sql: SqlStorage, views: readonly UsedAdView[]): void {
  for (const { network, transactionId, seriesId, watchedAtMs } of views)
    sql.exec(
      'INSERT INTO brought_ad_views (network, transaction_id, series_id, watched_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      network,
      transactionId,
      seriesId,
      watchedAtMs,
    );
}
