import { hashViewer } from '#shared/keys/viewer-hash.ts';
import type { LedgerMessage, LedgerTxn, LedgerUnlock } from './ledger-message.ts';

/**
 * Puts facts into the tables of reports. Facts never change and an end comes once, so any number of times and any
 * order leave the same rows.
 */
export async function applyMessages(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  messages: readonly LedgerMessage[],
): Promise<void> {
  const statements = await Promise.all(messages.map((message) => statementsOf(env, message)));
  const all = statements.flat();
  if (all.length > 0) await env.DB.batch(all);
}

async function statementsOf(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  { viewerId, txn, unlocks }: LedgerMessage,
): Promise<D1PreparedStatement[]> {
  const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
  const puts = unlocks.map((unlock) => putUnlock(env.DB, viewerHash, unlock));
  return txn === null ? puts : [...puts, putTxn(env.DB, viewerHash, txn)];
}

function putTxn(database: D1Database, viewerHash: string, txn: LedgerTxn): D1PreparedStatement {
  return database
    .prepare(
      `INSERT INTO ledger_txns (txn_id, viewer_hash, kind, paid, bonus, debt_coins, reference, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .bind(txn.id, viewerHash, txn.kind, txn.paid, txn.bonus, txn.debtCoins, txn.reference, txn.createdAtMs);
}

function putUnlock(database: D1Database, viewerHash: string, unlock: LedgerUnlock): D1PreparedStatement {
  const { id, episodeId, method, coins, createdAtMs, end } = unlock;
  return database
    .prepare(
      `INSERT INTO ledger_unlocks (unlock_id, viewer_hash, episode_id, series_id, method, coins, created_at, ended_at, end_kind)
       VALUES (?1, ?2, ?3, (SELECT series_id FROM episodes WHERE id = ?3), ?4, ?5, ?6, ?7, ?8)
       ON CONFLICT DO UPDATE SET series_id = COALESCE(series_id, excluded.series_id),
         ended_at = COALESCE(ended_at, excluded.ended_at), end_kind = COALESCE(end_kind, excluded.end_kind)`,
    )
    .bind(id, viewerHash, episodeId, method, coins, createdAtMs, end?.atMs ?? null, end?.kind ?? null);
}
