import type { TxnKind } from '#core/ledger/txns.ts';
import type { Transfer } from '#shared/viewer/merge-rpc.ts';
import { readWallet } from './lots.ts';
import type { EarlierTxn } from './posting.ts';

type KnownTxn = Transfer['known'][number];

/**
 * Payments and chargebacks, to be known where the guest goes. Without the wallets that they were answered with: each
 * lists all lots of its time, so that of a thousand payments they are tens of megabytes.
 */
export function leavingTxns(sql: SqlStorage): KnownTxn[] {
  return sql
    .exec<{ [name in keyof KnownTxn]: KnownTxn[name] }>(
      `SELECT kind, reference, request_sha256 AS requestSha256, json_remove(result, '$.wallet') AS result FROM txns
         WHERE kind IN ('credit', 'chargeback') AND reference IS NOT NULL
       UNION ALL SELECT kind, reference, request_sha256, json_remove(result, '$.wallet') FROM moved_txns`,
    )
    .toArray();
}

/** The first word on a payment stays. */
export function rememberMoved(sql: SqlStorage, { kind, reference, requestSha256, result }: KnownTxn): void {
  sql.exec(
    'INSERT INTO moved_txns (kind, reference, request_sha256, result) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    kind,
    reference,
    requestSha256,
    result,
  );
}

/** One that a guest had before it was merged into this viewer. */
export function findMoved(sql: SqlStorage, kind: TxnKind, reference: string | null): EarlierTxn | null {
  const [row] = sql
    .exec<{ request_sha256: string | null; result: string }>(
      'SELECT request_sha256, result FROM moved_txns WHERE kind = ? AND reference = ?',
      kind,
      reference,
    )
    .toArray();
  return row ? { requestSha256: row.request_sha256, result: row.result } : null;
}

/** As it was answered then; what a guest was answered has no wallet any more, so it is answered with this viewer's. */
export function replayOf<Answer extends { readonly wallet: unknown }>(
  sql: SqlStorage,
  { result }: EarlierTxn,
  nowMs: number,
): Answer {
  const answer = JSON.parse(result) as Answer;
  return 'wallet' in answer ? answer : { ...(answer as object as Answer), wallet: readWallet(sql, nowMs) };
}
