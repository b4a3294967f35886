import { utcDayStart } from '#core/time/utc-day.ts';
import type { AutoUnlockRecord, AutoUnlockReply, AutoUnlockRequest } from '#shared/viewer/free-ways-rpc.ts';
import type { Merged, UnlockRequest } from '#shared/viewer/rpc.ts';
import { merged } from './merge-state.ts';
import { unlock } from './unlock.ts';

/** Off, and nothing to spend, until the viewer says otherwise. */
export function readAutoUnlock(sql: SqlStorage, nowMs: number): AutoUnlockRecord {
  const [row] = sql
    .exec<{ enabled: number; daily_cap_coins: number }>('SELECT enabled, daily_cap_coins FROM auto_unlock')
    .toArray();
  const { spent } = sql
    .exec<{ spent: number }>(
      'SELECT COALESCE(SUM(coins), 0) AS spent FROM auto_unlocks WHERE created_at >= ?',
      utcDayStart(nowMs),
    )
    .one();
  return { enabled: row?.enabled === 1, dailyCapCoins: row?.daily_cap_coins ?? 0, spentTodayCoins: spent };
}

export function writeAutoUnlock(storage: DurableObjectStorage, request: AutoUnlockRequest): AutoUnlockRecord | Merged {
  const gone = merged(storage.sql);
  if (gone) return gone;
  const { enabled, dailyCapCoins, nowMs } = request;
  storage.sql.exec(
    'INSERT OR REPLACE INTO auto_unlock (id, enabled, daily_cap_coins, updated_at) VALUES (1, ?, ?, ?)',
    enabled ? 1 : 0,
    dailyCapCoins,
    nowMs,
  );
  return readAutoUnlock(storage.sql, nowMs);
}

/** Undoes the debit around which it is thrown. */
class Refused extends Error {
  readonly reply: AutoUnlockReply;

  constructor(reply: AutoUnlockReply) {
    super('refused');
    this.reply = reply;
  }
}

/**
 * The ledger's own unlock, taken back when the viewer's rule does not allow it: what the ledger answers to a retry, or
 * to what is owned, needs no rule, as nothing is spent.
 */
export function unlockAutomatically(storage: DurableObjectStorage, request: UnlockRequest): AutoUnlockReply {
  try {
    return storage.transactionSync(() => {
      const reply = unlock(storage, request);
      if (reply.outcome !== 'unlocked' && reply.outcome !== 'insufficient') return reply;
      const auto = readAutoUnlock(storage.sql, request.nowMs);
      if (!auto.enabled) throw new Refused({ outcome: 'auto-off' });
      if (auto.spentTodayCoins + request.coins > auto.dailyCapCoins) throw new Refused({ outcome: 'auto-cap', auto });
      if (reply.outcome === 'insufficient') return reply;
      for (const { id, coins } of reply.unlocks) {
        storage.sql.exec(
          'INSERT INTO auto_unlocks (unlock_id, coins, created_at) VALUES (?, ?, ?)',
          id,
          coins,
          request.nowMs,
        );
      }
      return reply;
    });
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.reply;
    throw thrown;
  }
}
