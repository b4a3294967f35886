import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { TOLD_IS_NOT_ERASED } from '../db/erased-viewers.ts';
import type { LedgerMessage } from './ledger-message.ts';

/** One statement for all rows of a table, which passes over viewers who were erased meanwhile: D1 counts statements, and a guest may bring hundreds of unlocks. */
const PUT_TXNS = `
INSERT INTO ledger_txns (txn_id, viewer_hash, kind, paid, bonus, debt_coins, reference, created_at)
SELECT value ->> 'id', value ->> 'viewerHash', value ->> 'kind', value ->> 'paid', value ->> 'bonus',
  value ->> 'debtCoins', value ->> 'reference', value ->> 'createdAtMs'
FROM json_each(?) AS told WHERE ${TOLD_IS_NOT_ERASED} ON CONFLICT DO NOTHING`;

const PUT_UNLOCKS = `
INSERT INTO ledger_unlocks (unlock_id, viewer_hash, episode_id, series_id, method, coins, created_at, ended_at, end_kind)
SELECT value ->> 'id', value ->> 'viewerHash', value ->> 'episodeId',
  (SELECT series_id FROM episodes WHERE id = value ->> 'episodeId'), value ->> 'method', value ->> 'coins',
  value ->> 'createdAtMs', value ->> '$.end.atMs', value ->> '$.end.kind'
FROM json_each(?) AS told WHERE ${TOLD_IS_NOT_ERASED}
ON CONFLICT DO UPDATE SET series_id = COALESCE(series_id, excluded.series_id),
  ended_at = COALESCE(ended_at, excluded.ended_at), end_kind = COALESCE(end_kind, excluded.end_kind)`;

/**
 * Puts facts into the tables of reports. Facts never change and an end comes once, so any number of times and any
 * order leave the same rows.
 */
export async function applyMessages(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  messages: readonly LedgerMessage[],
): Promise<void> {
  const txns: object[] = [];
  const unlocks: object[] = [];
  for (const message of messages) {
    const viewerHash = await hashViewer(env.MASTER_SECRET, message.viewerId);
    if (message.txn !== null) txns.push({ ...message.txn, viewerHash });
    unlocks.push(...message.unlocks.map((unlock) => ({ ...unlock, viewerHash })));
  }
  const put = (query: string, rows: readonly object[]) => env.DB.prepare(query).bind(JSON.stringify(rows));
  if (messages.length > 0) await env.DB.batch([put(PUT_TXNS, txns), put(PUT_UNLOCKS, unlocks)]);
}
