import { newId, type IdPrefix } from '#core/id.ts';
import type { TxnKind } from '#core/ledger/txns.ts';
import { randomBytes } from '#shared/encoding.ts';

/**
 * How a transaction of the ledger is written: opened, posted to, sealed. The schema's triggers hold it to the rules.
 * Of one viewer only one is open at a time.
 */
export interface NewTxn {
  readonly kind: TxnKind;
  readonly nowMs: number;
  readonly idempotencyKey?: string | null;
  readonly requestSha256?: string | null;
  readonly reference?: string | null;
  readonly reason?: string | null;
  readonly actor?: string | null;
}

/** Opens a transaction and answers its id. */
export function openTxn(sql: SqlStorage, txn: NewTxn): string {
  const id = makeId('txn', txn.nowMs);
  sql.exec(
    `INSERT INTO txns (id, seq, kind, idempotency_key, request_sha256, reference, reason, actor, created_at)
     VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM txns), ?, ?, ?, ?, ?, ?, ?)`,
    id,
    txn.kind,
    txn.idempotencyKey ?? null,
    txn.requestSha256 ?? null,
    txn.reference ?? null,
    txn.reason ?? null,
    txn.actor ?? null,
    txn.nowMs,
  );
  return id;
}

export type Account =
  | 'wallet:paid'
  | 'wallet:bonus'
  | 'debt'
  | 'system:issued'
  | 'system:spent'
  | 'system:lapsed'
  | 'system:absorbed'
  | 'system:adjusted'
  | 'system:transfer';

export function postEntries(
  sql: SqlStorage,
  txnId: string,
  amounts: { readonly [account in Account]?: number | undefined },
): void {
  for (const [account, amount] of Object.entries(amounts)) {
    if (amount !== undefined && amount !== 0)
      sql.exec('INSERT INTO entries (txn_id, account_id, amount) VALUES (?, ?, ?)', txnId, account, amount);
  }
}

export function postDraws(
  sql: SqlStorage,
  txnId: string,
  draws: readonly { readonly lotId: string; readonly coins: number }[],
): void {
  for (const { lotId, coins } of draws)
    sql.exec('INSERT INTO draws (txn_id, lot_id, coins) VALUES (?, ?, ?)', txnId, lotId, coins);
}

/**
 * The triggers refuse to seal what does not balance; from here on the transaction cannot change. `result` is what a
 * retry under the same key is answered with, as it was.
 */
export function seal(sql: SqlStorage, txnId: string, result: object): void {
  sql.exec('UPDATE txns SET sealed = 1, result = ? WHERE id = ?', JSON.stringify(result), txnId);
}

export interface EarlierTxn {
  readonly requestSha256: string | null;
  readonly result: string;
}

/** By its key or by the payment's name; the key first. `null` matches nothing. */
export function findTxn(
  sql: SqlStorage,
  kind: TxnKind,
  key: string | null,
  reference: string | null,
): EarlierTxn | null {
  const [row] = sql
    .exec<{ request_sha256: string | null; result: string }>(
      'SELECT request_sha256, result FROM txns WHERE kind = ? AND (idempotency_key = ? OR reference = ?) ORDER BY idempotency_key IS ? DESC LIMIT 1',
      kind,
      key,
      reference,
      key,
    )
    .toArray();
  return row ? { requestSha256: row.request_sha256, result: row.result } : null;
}

export const KEY_REUSED = { outcome: 'key-reused' } as const;

export function makeId(prefix: IdPrefix, nowMs: number): string {
  return newId(prefix, nowMs, randomBytes(16));
}
