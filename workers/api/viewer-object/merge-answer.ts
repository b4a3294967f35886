import type { ApplyMergeReply, MergeClosed, MergeRecord } from '#shared/viewer/merge-rpc.ts';
import type { WalletReply } from '#shared/viewer/rpc.ts';
import { readWallet } from './lots.ts';
import type { EarlierTxn } from './posting.ts';
import { readPassesRevokedAt } from './revocation.ts';

type Answer = Omit<Extract<ApplyMergeReply, { outcome: 'applied' | 'replayed' }>, 'outcome'>;

/**
 * What stands after a merge. Chargebacks that waited for a payment of the other half are applied once the merge's own
 * transaction is sealed, so what they left is kept beside it, under a name that no client's key can have.
 */
export function keepMergeAnswer(
  sql: SqlStorage,
  merge: MergeRecord,
  requestSha256: string,
  nowMs: number,
): Answer & { readonly wallet: WalletReply } {
  const answer = { merge, wallet: readWallet(sql, nowMs), closed: closedSince(sql, merge.id) };
  sql.exec(
    'INSERT INTO answers (idempotency_key, request_sha256, result, created_at) VALUES (?, ?, ?, ?)',
    keyOf(merge.id),
    requestSha256,
    JSON.stringify(answer),
    nowMs,
  );
  return answer;
}

/** One from before answers were kept is in its transaction. */
export function readMergeAnswer(sql: SqlStorage, transferId: string, earlier: EarlierTxn): Answer {
  const [row] = sql
    .exec<{ result: string }>('SELECT result FROM answers WHERE idempotency_key = ?', keyOf(transferId))
    .toArray();
  return { closed: null, ...(JSON.parse(row?.result ?? earlier.result) as Omit<Answer, 'closed'>) };
}

const keyOf = (transferId: string): string => `merge ${transferId}`;

/** The merge is the newest but for what it brought about, and all is one transaction of the object. */
function closedSince(sql: SqlStorage, transferId: string): MergeClosed | null {
  const episodeIds = sql
    .exec<{ episode_id: string }>(
      `SELECT DISTINCT u.episode_id FROM unlock_ends e JOIN unlocks u ON u.id = e.unlock_id JOIN txns t ON t.id = e.txn_id
       WHERE t.kind = 'refund' AND t.seq > (SELECT seq FROM txns WHERE kind = 'transfer-in' AND reference = ?)`,
      transferId,
    )
    .toArray()
    .map((row) => row.episode_id);
  const passesRevokedAtSeconds = readPassesRevokedAt(sql);
  return episodeIds.length === 0 || passesRevokedAtSeconds === null ? null : { episodeIds, passesRevokedAtSeconds };
}
