import { AD_INTENT_TTL_SECONDS, MAX_AD_INTENTS } from '#core/ads/limits.ts';
import { newId } from '#core/id.ts';
import { utcDayStart } from '#core/time/utc-day.ts';
import { randomBytes } from '#shared/encoding.ts';
import type {
  AdIgnored,
  AdIntentReply,
  AdIntentRequest,
  AdUnlockReply,
  AdUnlockRequest,
  AdViewReply,
  AdViewRequest,
  FreeUnlockRecord,
} from '#shared/viewer/free-ways-rpc.ts';
import type { AdProgressRecord } from '#shared/viewer/rpc.ts';
import { findBrought } from './brought-unlocks.ts';
import { merged } from './merge-state.ts';
import { KEY_REUSED } from './posting.ts';
import { earlierUnlock, rememberFreeKey } from './unlock-keys.ts';

/**
 * Rewarded ads: an intent for each, a view for each that its network vouches for, and an unlock once there are enough.
 * `viewerDailyCap` is the deployment's, over all series; null = none.
 */

/** The viewer's own, and of guests those that had been used when they came. */
const VIEWS = `(SELECT network, transaction_id, series_id, watched_at FROM ad_views
  UNION ALL SELECT network, transaction_id, series_id, watched_at FROM brought_ad_views)`;

interface Intent {
  readonly id: string;
  readonly episodeId: string;
  readonly seriesId: string;
  readonly network: string | null;
  readonly adsPerUnlock: number;
  readonly dailyCap: number;
  readonly expiresAtMs: number;
}

export function openAdIntent(
  storage: DurableObjectStorage,
  request: AdIntentRequest,
  viewerDailyCap: number | null,
): AdIntentReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodeId, seriesId, network, adsPerUnlock, dailyCap, nowMs } = request;
    const gone = merged(sql);
    if (gone) return gone;
    const adsLeftToday = adsLeft(sql, request, viewerDailyCap, nowMs);
    if (adsLeftToday === 0) return { outcome: 'cap-reached' };
    const id = newId('adi', nowMs, randomBytes(16));
    const expiresAtMs = nowMs + AD_INTENT_TTL_SECONDS * 1_000;
    sql.exec(
      'INSERT INTO ad_intents (id, seq, episode_id, series_id, network, ads_per_unlock, daily_cap, created_at, expires_at) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM ad_intents), ?, ?, ?, ?, ?, ?, ?)',
      id,
      episodeId,
      seriesId,
      network,
      adsPerUnlock,
      dailyCap,
      nowMs,
      expiresAtMs,
    );
    sql.exec(
      'DELETE FROM ad_intents WHERE seq <= (SELECT seq FROM ad_intents ORDER BY seq DESC LIMIT 1 OFFSET ?)',
      MAX_AD_INTENTS,
    );
    return { outcome: 'opened', id, expiresAtMs, adsWatched: openViews(sql, episodeId), adsLeftToday };
  });
}

/** View and unlock in one transaction: an ad that counted is never lost, and never counts twice. */
export function countAd(
  storage: DurableObjectStorage,
  request: AdViewRequest,
  viewerDailyCap: number | null,
): AdViewReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { network, transactionId, nowMs } = request;
    if (isCounted(sql, network, transactionId)) return { outcome: 'duplicate' };
    const gone = merged(sql);
    if (gone) return gone;
    const intent = findIntent(sql, request.intentId);
    const reason = reasonToIgnore(sql, request, intent, viewerDailyCap);
    if (intent === null || reason !== null) return { outcome: 'ignored', reason: reason ?? 'intent-unknown' };
    const { id, episodeId, seriesId, adsPerUnlock } = intent;
    sql.exec(
      'INSERT INTO ad_views (network, transaction_id, intent_id, episode_id, series_id, watched_at) VALUES (?, ?, ?, ?, ?, ?)',
      network,
      transactionId,
      id,
      episodeId,
      seriesId,
      nowMs,
    );
    sql.exec('DELETE FROM ad_intents WHERE id = ?', id);
    const unlocked = openViews(sql, episodeId) >= adsPerUnlock;
    if (unlocked) insertUnlock(sql, episodeId, adsPerUnlock, nowMs);
    return { outcome: 'counted', unlocked };
  });
}

/** Only needed where the policy asks for fewer ads by now than when they were watched: else the last ad unlocked. */
export function unlockByAds(storage: DurableObjectStorage, request: AdUnlockRequest): AdUnlockReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodeId, adsPerUnlock, nowMs } = request;
    const gone = merged(sql);
    if (gone) return gone;
    if (earlierUnlock(sql, request)?.outcome === 'key-reused') return KEY_REUSED;
    const owned = findAdUnlock(sql, episodeId);
    const adsWatched = openViews(sql, episodeId);
    if (owned === null && adsWatched < adsPerUnlock) return { outcome: 'missing', adsWatched };
    rememberFreeKey(sql, request);
    if (owned !== null) return { outcome: 'owned', unlock: owned };
    return { outcome: 'unlocked', unlock: insertUnlock(sql, episodeId, adsPerUnlock, nowMs) };
  });
}

export function readAds(
  sql: SqlStorage,
  episodeIds: readonly string[],
  viewerDailyCap: number | null,
  nowMs: number,
): AdProgressRecord {
  const watched = sql.exec<{ episodeId: string; count: number }>(
    'SELECT episode_id AS episodeId, COUNT(*) AS count FROM ad_views WHERE unlock_id IS NULL AND episode_id IN (SELECT value FROM json_each(?)) GROUP BY episode_id',
    JSON.stringify(episodeIds),
  );
  const today = sql.exec<{ seriesId: string; count: number }>(
    `SELECT series_id AS seriesId, COUNT(*) AS count FROM ${VIEWS} WHERE watched_at >= ? GROUP BY series_id`,
    utcDayStart(nowMs),
  );
  return {
    watched: watched.toArray(),
    today: today.toArray(),
    leftToday: viewerDailyCap === null ? null : Math.max(0, viewerDailyCap - viewsToday(sql, null, nowMs)),
  };
}

export function findAdUnlock(sql: SqlStorage, episodeId: string): FreeUnlockRecord | null {
  const [row] = sql
    .exec<{ id: string; created_at: number }>('SELECT id, created_at FROM ad_unlocks WHERE episode_id = ?', episodeId)
    .toArray();
  if (row === undefined) return findBrought(sql, episodeId, 'ad');
  return { id: row.id, episodeId, method: 'ad', createdAtMs: row.created_at };
}

function reasonToIgnore(
  sql: SqlStorage,
  request: AdViewRequest,
  intent: Intent | null,
  viewerDailyCap: number | null,
): AdIgnored | null {
  if (wasUsed(sql, request.intentId)) return 'intent-used';
  if (intent === null) return 'intent-unknown';
  if (intent.expiresAtMs <= request.nowMs) return 'intent-expired';
  if (intent.network !== null && intent.network !== request.network) return 'another-network';
  if (findAdUnlock(sql, intent.episodeId) !== null) return 'already-unlocked';
  return adsLeft(sql, intent, viewerDailyCap, request.nowMs) === 0 ? 'daily-cap' : null;
}

/** How many more ads count today for this series. */
function adsLeft(
  sql: SqlStorage,
  { seriesId, dailyCap }: { readonly seriesId: string; readonly dailyCap: number },
  viewerDailyCap: number | null,
  nowMs: number,
): number {
  const ofSeries = dailyCap - viewsToday(sql, seriesId, nowMs);
  const ofViewer = viewerDailyCap === null ? ofSeries : viewerDailyCap - viewsToday(sql, null, nowMs);
  return Math.max(0, Math.min(ofSeries, ofViewer));
}

/** Of one series, or of all. */
function viewsToday(sql: SqlStorage, seriesId: string | null, nowMs: number): number {
  return sql
    .exec<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${VIEWS} WHERE watched_at >= ? AND (? IS NULL OR series_id = ?)`,
      utcDayStart(nowMs),
      seriesId,
      seriesId,
    )
    .one().count;
}

/** Views of the episode that no unlock has used. */
function openViews(sql: SqlStorage, episodeId: string): number {
  return sql
    .exec<{ count: number }>(
      'SELECT COUNT(*) AS count FROM ad_views WHERE episode_id = ? AND unlock_id IS NULL',
      episodeId,
    )
    .one().count;
}

function isCounted(sql: SqlStorage, network: string, transactionId: string): boolean {
  const rows = sql.exec(`SELECT 1 FROM ${VIEWS} WHERE network = ? AND transaction_id = ?`, network, transactionId);
  return rows.toArray().length > 0;
}

function wasUsed(sql: SqlStorage, intentId: string): boolean {
  return sql.exec('SELECT 1 FROM ad_views WHERE intent_id = ?', intentId).toArray().length > 0;
}

function findIntent(sql: SqlStorage, id: string): Intent | null {
  type Row = {
    episode_id: string;
    series_id: string;
    network: string | null;
    ads_per_unlock: number;
    daily_cap: number;
    expires_at: number;
  };
  const [row] = sql.exec<Row>('SELECT * FROM ad_intents WHERE id = ?', id).toArray();
  if (row === undefined) return null;
  return {
    id,
    episodeId: row.episode_id,
    seriesId: row.series_id,
    network: row.network,
    adsPerUnlock: row.ads_per_unlock,
    dailyCap: row.daily_cap,
    expiresAtMs: row.expires_at,
  };
}

function insertUnlock(sql: SqlStorage, episodeId: string, ads: number, nowMs: number): FreeUnlockRecord {
  const id = newId('unl', nowMs, randomBytes(16));
  sql.exec('INSERT INTO ad_unlocks (id, episode_id, ads, created_at) VALUES (?, ?, ?, ?)', id, episodeId, ads, nowMs);
  return { id, episodeId, method: 'ad', createdAtMs: nowMs };
}
