import { newId } from '#core/id.ts';
import { randomBytes } from '#shared/encoding.ts';
import type { FreeUnlockRecord, WaitRecord, WaitReply, WaitRequest } from '#shared/viewer/free-ways-rpc.ts';
import { findAdUnlock } from './ads.ts';
import { findBrought } from './brought-unlocks.ts';
import { merged } from './merge-state.ts';
import { KEY_REUSED } from './posting.ts';
import { earlierUnlock, rememberFreeKey } from './unlock-keys.ts';
import { findOwned } from './unlocks.ts';

/**
 * Wait for free. The clock is ours, its end is fixed when it starts, and when it has come the episode is open without
 * any further call: whatever the policy says by then, and whatever the clock of the viewer's phone says.
 */

type WaitRow = { id: string; episode_id: string; series_id: string; started_at: number; ready_at: number };

const HOUR_MS = 3_600_000;

export function startWait(storage: DurableObjectStorage, request: WaitRequest): WaitReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { episodeId, seriesId, hours, nowMs } = request;
    const gone = merged(sql);
    if (gone) return gone;
    if (earlierUnlock(sql, request)?.outcome === 'key-reused') return KEY_REUSED;
    const brought = findBrought(sql, episodeId, 'wait');
    if (brought !== null) {
      rememberFreeKey(sql, request);
      const { id, createdAtMs } = brought;
      return { outcome: 'ready', wait: { id, episodeId, seriesId, startedAtMs: createdAtMs, readyAtMs: createdAtMs } };
    }
    const own = findWait(sql, episodeId);
    if (own !== null) {
      rememberFreeKey(sql, request);
      return { outcome: own.readyAtMs > nowMs ? 'running' : 'ready', wait: own };
    }
    for (const wait of waitsThatRun(sql, nowMs).filter((each) => each.seriesId === seriesId)) {
      if (!isOpenOtherwise(sql, wait.episodeId)) return { outcome: 'other', wait };
      sql.exec('UPDATE waits SET given_up_at = ? WHERE id = ?', nowMs, wait.id);
    }
    const wait: WaitRecord = {
      id: newId('unl', nowMs, randomBytes(16)),
      episodeId,
      seriesId,
      startedAtMs: nowMs,
      readyAtMs: nowMs + Math.ceil(hours * HOUR_MS),
    };
    insertWait(sql, wait);
    rememberFreeKey(sql, request);
    return { outcome: 'started', wait };
  });
}

/**
 * One that a guest brought along keeps its end, unless this viewer has the episode, or waits in that series. It counts
 * from now on: so the rule of one at a time holds without a look at the past.
 */
export function takeInWait(sql: SqlStorage, wait: WaitRecord, nowMs: number): void {
  const { episodeId, seriesId } = wait;
  if (isOpenOtherwise(sql, episodeId) || findWait(sql, episodeId) !== null) return;
  if (waitsThatRun(sql, nowMs).some((each) => each.seriesId === seriesId)) return;
  insertWait(sql, { ...wait, startedAtMs: nowMs });
}

function insertWait(sql: SqlStorage, { id, episodeId, seriesId, startedAtMs, readyAtMs }: WaitRecord): void {
  sql.exec(
    'INSERT INTO waits (id, episode_id, series_id, started_at, ready_at) VALUES (?, ?, ?, ?, ?)',
    id,
    episodeId,
    seriesId,
    startedAtMs,
    readyAtMs,
  );
}

/** Those that the viewer still waits for. */
export function runningWaits(sql: SqlStorage, nowMs: number): WaitRecord[] {
  if (merged(sql) !== null) return [];
  return waitsThatRun(sql, nowMs).filter((wait) => !isOpenOtherwise(sql, wait.episodeId));
}

export function findWaited(sql: SqlStorage, episodeId: string, nowMs: number): FreeUnlockRecord | null {
  const wait = findWait(sql, episodeId);
  if (wait === null || wait.readyAtMs > nowMs) return findBrought(sql, episodeId, 'wait');
  return { id: wait.id, episodeId, method: 'wait', createdAtMs: wait.readyAtMs };
}

/** Nobody waits for what is theirs for good; a rental is not. It keeps no other episode of the series from being waited for. */
function isOpenOtherwise(sql: SqlStorage, episodeId: string): boolean {
  return (
    findOwned(sql, episodeId) !== null ||
    findAdUnlock(sql, episodeId) !== null ||
    findBrought(sql, episodeId, 'wait') !== null
  );
}

function findWait(sql: SqlStorage, episodeId: string): WaitRecord | null {
  const [row] = sql
    .exec<WaitRow>('SELECT * FROM waits WHERE episode_id = ? AND given_up_at IS NULL', episodeId)
    .toArray();
  return row === undefined ? null : fromRow(row);
}

function waitsThatRun(sql: SqlStorage, nowMs: number): WaitRecord[] {
  return sql
    .exec<WaitRow>('SELECT * FROM waits WHERE ready_at > ? AND given_up_at IS NULL', nowMs)
    .toArray()
    .map(fromRow);
}

function fromRow(row: WaitRow): WaitRecord {
  return {
    id: row.id,
    episodeId: row.episode_id,
    seriesId: row.series_id,
    startedAtMs: row.started_at,
    readyAtMs: row.ready_at,
  };
}
