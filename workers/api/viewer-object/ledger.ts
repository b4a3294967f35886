import { newId } from '#core/id.ts';
import { isLapsed, planDraws, type CoinKind, type Draw, type Lot } from '#core/ledger/plan-draws.ts';
import { randomBytes } from '#shared/encoding.ts';
import type {
  CreditRecord,
  CreditReply,
  CreditRequest,
  Idempotent,
  UnlockRecord,
  UnlockReply,
  UnlockRequest,
  WalletReply,
} from '#shared/viewer/rpc.ts';

/**
 * Money moves of one viewer. Each public function is one synchronous transaction: it commits whole or not at all,
 * and nothing else of this viewer runs between its reads and its writes.
 */

type LotRow = { id: string; seq: number; kind: CoinKind; remaining: number; expires_at: number | null };
type TxnKind = 'credit' | 'unlock' | 'lapse';

export function credit(storage: DurableObjectStorage, request: CreditRequest): CreditReply {
  return storage.transactionSync(() => {
    lapseLots(storage.sql, request.nowMs);
    const earlier = findTxn(storage.sql, 'credit', request.idempotencyKey, request.reference);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return { outcome: 'key-reused' };
    if (earlier) return { ...JSON.parse(earlier.result), outcome: 'replayed' };
    const { coins, kind, expiresAtMs, reference, nowMs } = request;
    const record: CreditRecord = { id: makeId('txn', nowMs), coins, kind, expiresAtMs, reference, createdAtMs: nowMs };
    insertTxn(storage.sql, record.id, 'credit', request, reference);
    insertEntries(storage.sql, record.id, { [`wallet:${kind}`]: coins, 'system:issued': -coins });
    storage.sql.exec(
      'INSERT INTO lots (id, seq, kind, amount, remaining, expires_at, txn_id) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM lots), ?, ?, ?, ?, ?)',
      makeId('lot', nowMs),
      kind,
      coins,
      coins,
      expiresAtMs,
      record.id,
    );
    const result = { credit: record, wallet: readWallet(storage.sql, nowMs) };
    seal(storage.sql, record.id, result);
    return { ...result, outcome: 'credited' };
  });
}

export function unlock(storage: DurableObjectStorage, request: UnlockRequest): UnlockReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    lapseLots(sql, request.nowMs);
    const earlier = earlierUnlock(sql, request);
    if (earlier) return earlier;
    const owned = findUnlock(sql, request.episodeId);
    if (owned) return rememberOwned(sql, request, { unlock: owned, wallet: readWallet(sql, request.nowMs) });
    const draws = planDraws(readLots(sql), request.coins, request.nowMs);
    if (!draws.ok) return { outcome: 'insufficient', balance: draws.error.balance };
    return { ...writeUnlock(sql, request, draws.value), outcome: 'unlocked' };
  });
}

/** The answer that this key had before; null when it is new. */
export function earlierUnlock(sql: SqlStorage, request: Idempotent): UnlockReply | null {
  const earlier = findTxn(sql, 'unlock', request.idempotencyKey, null);
  if (earlier)
    return earlier.requestSha256 === request.requestSha256 ? replayed(earlier.result, 'replayed') : KEY_REUSED;
  const [answer] = sql
    .exec<{ request_sha256: string; result: string }>(
      'SELECT request_sha256, result FROM answers WHERE idempotency_key = ?',
      request.idempotencyKey,
    )
    .toArray();
  if (!answer) return null;
  return answer.request_sha256 === request.requestSha256 ? replayed(answer.result, 'owned') : KEY_REUSED;
}

const KEY_REUSED = { outcome: 'key-reused' } as const;

function replayed(result: string, outcome: 'replayed' | 'owned'): UnlockReply {
  return { ...(JSON.parse(result) as { unlock: UnlockRecord; wallet: WalletReply }), outcome };
}

function rememberOwned(
  sql: SqlStorage,
  request: UnlockRequest,
  result: { unlock: UnlockRecord; wallet: WalletReply },
): UnlockReply {
  sql.exec(
    'INSERT INTO answers (idempotency_key, request_sha256, result, created_at) VALUES (?, ?, ?, ?)',
    request.idempotencyKey,
    request.requestSha256,
    JSON.stringify(result),
    request.nowMs,
  );
  return { ...result, outcome: 'owned' };
}

function writeUnlock(
  sql: SqlStorage,
  request: UnlockRequest,
  draws: readonly Draw[],
): { unlock: UnlockRecord; wallet: WalletReply } {
  const { episodeId, coins, nowMs } = request;
  const record: UnlockRecord = { id: makeId('unl', nowMs), episodeId, coins, createdAtMs: nowMs };
  const txnId = makeId('txn', nowMs);
  insertTxn(sql, txnId, 'unlock', request, null);
  insertEntries(sql, txnId, {
    'wallet:paid': -coinsOf(draws, 'paid'),
    'wallet:bonus': -coinsOf(draws, 'bonus'),
    'system:spent': coins,
  });
  for (const draw of draws)
    sql.exec('INSERT INTO draws (txn_id, lot_id, coins) VALUES (?, ?, ?)', txnId, draw.lotId, draw.coins);
  sql.exec(
    'INSERT INTO unlocks (id, episode_id, txn_id, coins, created_at) VALUES (?, ?, ?, ?, ?)',
    record.id,
    episodeId,
    txnId,
    coins,
    nowMs,
  );
  const result = { unlock: record, wallet: readWallet(sql, nowMs) };
  seal(sql, txnId, result);
  return result;
}

/** Moves what expired out of the wallet, one transaction a lot, so that balances never include coins that cannot be spent. */
function lapseLots(sql: SqlStorage, nowMs: number): void {
  for (const lot of readLots(sql)) {
    if (!isLapsed(lot, nowMs)) continue;
    const txnId = makeId('txn', nowMs);
    insertTxn(sql, txnId, 'lapse', { idempotencyKey: lot.id, requestSha256: '', nowMs }, null);
    insertEntries(sql, txnId, { [`wallet:${lot.kind}`]: -lot.remaining, 'system:lapsed': lot.remaining });
    sql.exec('INSERT INTO draws (txn_id, lot_id, coins) VALUES (?, ?, ?)', txnId, lot.id, lot.remaining);
    seal(sql, txnId, {});
  }
}

export function readWallet(sql: SqlStorage, nowMs: number): WalletReply {
  const lots = readLots(sql)
    .filter((lot) => !isLapsed(lot, nowMs))
    .map(({ kind, remaining, expiresAtMs }) => ({ kind, remaining, expiresAtMs }));
  const total = (kind: CoinKind): number => lots.reduce((sum, lot) => sum + (lot.kind === kind ? lot.remaining : 0), 0);
  const paid = total('paid');
  const bonus = total('bonus');
  return { coins: paid + bonus, paid, bonus, lots };
}

function readLots(sql: SqlStorage): Lot[] {
  const rows = sql.exec<LotRow>(
    'SELECT id, seq, kind, remaining, expires_at FROM lots WHERE remaining > 0 ORDER BY seq',
  );
  return rows.toArray().map(({ expires_at: expiresAtMs, ...lot }) => ({ ...lot, expiresAtMs }));
}

function findTxn(
  sql: SqlStorage,
  kind: TxnKind,
  key: string,
  reference: string | null,
): { requestSha256: string; result: string } | null {
  const rows = sql.exec<{ request_sha256: string; result: string }>(
    'SELECT request_sha256, result FROM txns WHERE kind = ? AND (idempotency_key = ? OR (? IS NOT NULL AND reference = ?)) ORDER BY idempotency_key = ? DESC LIMIT 1',
    kind,
    key,
    reference,
    reference,
    key,
  );
  const row = rows.toArray()[0];
  return row ? { requestSha256: row.request_sha256, result: row.result } : null;
}

export function findUnlock(sql: SqlStorage, episodeId: string): UnlockRecord | null {
  const row = sql
    .exec<{ id: string; coins: number; created_at: number }>(
      'SELECT id, coins, created_at FROM unlocks WHERE episode_id = ?',
      episodeId,
    )
    .toArray()[0];
  return row ? { id: row.id, episodeId, coins: row.coins, createdAtMs: row.created_at } : null;
}

function insertTxn(
  sql: SqlStorage,
  id: string,
  kind: TxnKind,
  request: { idempotencyKey: string; requestSha256: string; nowMs: number },
  reference: string | null,
): void {
  sql.exec(
    'INSERT INTO txns (id, seq, kind, idempotency_key, request_sha256, reference, created_at) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM txns), ?, ?, ?, ?, ?)',
    id,
    kind,
    request.idempotencyKey,
    request.requestSha256,
    reference,
    request.nowMs,
  );
}

function insertEntries(sql: SqlStorage, txnId: string, amounts: Readonly<Record<string, number>>): void {
  for (const [account, amount] of Object.entries(amounts)) {
    if (amount !== 0)
      sql.exec('INSERT INTO entries (txn_id, account_id, amount) VALUES (?, ?, ?)', txnId, account, amount);
  }
}

/**
 * The triggers refuse to seal what does not balance; from here on the transaction cannot change. `result` is what a
 * retry under the same key is answered with, as it was.
 */
function seal(sql: SqlStorage, txnId: string, result: object): void {
  sql.exec('UPDATE txns SET sealed = 1, result = ? WHERE id = ?', JSON.stringify(result), txnId);
}

function coinsOf(draws: readonly Draw[], kind: CoinKind): number {
  return draws.reduce((total, draw) => total + (draw.kind === kind ? draw.coins : 0), 0);
}

function makeId(prefix: 'txn' | 'lot' | 'unl', nowMs: number): string {
  return newId(prefix, nowMs, randomBytes(16));
}
