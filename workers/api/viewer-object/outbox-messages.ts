import type { LedgerMessage, LedgerTxn, LedgerUnlock } from '../projection/ledger-message.ts';
import { readPassesRevokedAt } from './revocation.ts';

/** A row of the outbox. */
export interface Pending {
  readonly id: string;
  readonly source: 'txn' | 'ad' | 'wait' | 'brought';
  readonly tell: number;
}

/** A guest may bring hundreds of unlocks in one transaction; a message holds 128 KB, and an unlock is 200 bytes. */
const MAX_UNLOCKS_PER_MESSAGE = 200;

/** A chargeback that closes episodes is a refund of each of them. */
const TAKES_AWAY: ReadonlySet<string> = new Set(['refund', 'transfer-out']);

/** What a row stands for, read from what it points at; nothing where that turned out to be no unlock. */
export function messagesOf(sql: SqlStorage, viewerId: string, { id, source, tell }: Pending): LedgerMessage[] {
  const head = { v: 1 as const, viewerId, tell: tell === 1 };
  if (source !== 'txn') {
    const unlocks = readFree(sql, id);
    return unlocks.length === 0 ? [] : [{ ...head, txn: null, unlocks }];
  }
  const txn = readTxn(sql, id);
  // With a guest goes also what was free: it is counted where it went.
  const unlocks = [...readUnlocks(sql, id), ...(txn.kind === 'transfer-out' ? readFree(sql) : [])];
  const revokedAtSeconds = TAKES_AWAY.has(txn.kind) ? readPassesRevokedAt(sql) : null;
  const passesRevokedAtMs = revokedAtSeconds === null ? null : revokedAtSeconds * 1_000;
  const messages = [];
  for (let from = 0; from === 0 || from < unlocks.length; from += MAX_UNLOCKS_PER_MESSAGE)
    messages.push({ ...head, txn, unlocks: unlocks.slice(from, from + MAX_UNLOCKS_PER_MESSAGE), passesRevokedAtMs });
  return messages;
}

function readTxn(sql: SqlStorage, id: string): LedgerTxn {
  const amount = (account: string): string =>
    `COALESCE((SELECT amount FROM entries WHERE txn_id = t.id AND account_id = '${account}'), 0)`;
  return sql
    .exec<LedgerTxn>(
      `SELECT id, kind, ${amount('wallet:paid')} AS paid, ${amount('wallet:bonus')} AS bonus,
         0 - ${amount('debt')} AS debtCoins, reference, created_at AS createdAtMs,
         CASE kind WHEN 'credit' THEN (SELECT expires_at FROM lots WHERE txn_id = t.id) END AS expiresAtMs
       FROM txns t WHERE id = ?`,
      id,
    )
    .one();
}

type Row = Omit<LedgerUnlock, 'end'> & { endKind: 'refund' | 'transfer-out' | null; endAtMs: number | null };

function readUnlocks(sql: SqlStorage, txnId: string): LedgerUnlock[] {
  const rows = sql.exec<Row>(
    `SELECT u.id, u.episode_id AS episodeId, u.method, u.coins, u.created_at AS createdAtMs, t.kind AS endKind,
       t.created_at AS endAtMs
     FROM unlocks u LEFT JOIN unlock_ends e ON e.unlock_id = u.id LEFT JOIN txns t ON t.id = e.txn_id
     WHERE u.txn_id = ?1 OR u.id IN (SELECT unlock_id FROM unlock_ends WHERE txn_id = ?1) ORDER BY u.rowid`,
    txnId,
  );
  return rows.toArray().map(toUnlock);
}

function toUnlock({ endKind, endAtMs, ...unlock }: Row): LedgerUnlock {
  return { ...unlock, end: endKind === null || endAtMs === null ? null : { kind: endKind, atMs: endAtMs } };
}

/**
 * What was opened without coins; with a merge it ends here. Whoever had bought the episode before a wait was over got
 * nothing from the wait, nor did a guest who had left by then.
 */
const FREE_UNLOCKS = `
WITH free AS (
  SELECT id, episode_id, 'ad' AS method, created_at FROM ad_unlocks
  UNION ALL SELECT id, episode_id, method, created_at FROM brought_unlocks
  UNION ALL SELECT id, episode_id, 'wait', ready_at FROM waits w WHERE given_up_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM merge_out WHERE created_at < w.ready_at)
    AND NOT EXISTS (SELECT 1 FROM ad_unlocks WHERE episode_id = w.episode_id AND created_at <= w.ready_at)
    AND NOT EXISTS (SELECT 1 FROM unlocks u LEFT JOIN unlock_ends e ON e.unlock_id = u.id
      LEFT JOIN txns t ON t.id = e.txn_id WHERE u.episode_id = w.episode_id AND u.method = 'coins'
        AND u.created_at <= w.ready_at AND (t.created_at IS NULL OR t.created_at > w.ready_at)))
SELECT id, episode_id AS episodeId, method, 0 AS coins, created_at AS createdAtMs,
  (SELECT 'transfer-out' FROM merge_out) AS endKind, (SELECT created_at FROM merge_out) AS endAtMs
FROM free WHERE ?1 IS NULL OR id = ?1`;

function readFree(sql: SqlStorage, id: string | null = null): LedgerUnlock[] {
  return sql.exec<Row>(FREE_UNLOCKS, id).toArray().map(toUnlock);
}
