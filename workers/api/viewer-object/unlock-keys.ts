import type { Idempotent, PurchaseResult, UnlockRecord, UnlockReply } from '#shared/viewer/rpc.ts';
import { readWallet } from './lots.ts';
import { findTxn, KEY_REUSED } from './posting.ts';

/** The answer that this key had before; null when it is new. Everything that unlocks shares its keys. */
export function earlierUnlock(sql: SqlStorage, request: Idempotent): UnlockReply | null {
  const { idempotencyKey, requestSha256 } = request;
  const earlier = findTxn(sql, 'unlock', idempotencyKey, null) ?? findTxn(sql, 'rental', idempotencyKey, null);
  if (earlier) return earlier.requestSha256 === requestSha256 ? replayed(earlier.result, 'replayed') : KEY_REUSED;
  const [answer] = sql
    .exec<{ request_sha256: string; result: string }>(
      'SELECT request_sha256, result FROM answers WHERE idempotency_key = ?',
      idempotencyKey,
    )
    .toArray();
  if (!answer) return null;
  return answer.request_sha256 === requestSha256 ? replayed(answer.result, 'owned') : KEY_REUSED;
}

/**
 * A key that opened something without coins, or asked for what is open: it buys nothing and starts nothing else. There
 * is no answer to keep: a retry is told how it stands by then.
 */
export function rememberFreeKey(sql: SqlStorage, { idempotencyKey, requestSha256, nowMs }: Idempotent): void {
  sql.exec(
    "INSERT OR IGNORE INTO answers (idempotency_key, request_sha256, result, created_at) VALUES (?, ?, '{}', ?)",
    idempotencyKey,
    requestSha256,
    nowMs,
  );
}

/** Before there were bundles a result had one unlock, and a wallet without debts. */
type StoredResult = PurchaseResult | (Pick<PurchaseResult, 'wallet'> & { readonly unlock: UnlockRecord });

function replayed(text: string, outcome: 'replayed' | 'owned'): UnlockReply {
  const stored = JSON.parse(text) as StoredResult;
  if ('unlocks' in stored) return { ...stored, outcome };
  const unlock = { ...stored.unlock, method: 'coins' as const, rental: null, endedAtMs: null };
  const wallet = { ...stored.wallet, debtCoins: 0, mergedInto: null };
  return { unlocks: [unlock], bundle: null, wallet, outcome };
}

/** A retry of this answer must not buy something else, so the key is remembered although nothing was bought. */
export function rememberOwned(sql: SqlStorage, request: Idempotent, unlock: UnlockRecord): UnlockReply {
  const result: PurchaseResult = { unlocks: [unlock], bundle: null, wallet: readWallet(sql, request.nowMs) };
  sql.exec(
    'INSERT INTO answers (idempotency_key, request_sha256, result, created_at) VALUES (?, ?, ?, ?)',
    request.idempotencyKey,
    request.requestSha256,
    JSON.stringify(result),
    request.nowMs,
  );
  return { ...result, outcome: 'owned' };
}
