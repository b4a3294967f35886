import { planErasure, type AnonymousTxn } from '#core/ledger/plan-erasure.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import type { EraseReply, EraseRequest, PendingErasure } from '#shared/viewer/rights-rpc.ts';
import { ERASED_MEMORY_MS } from '../limits.ts';
import { guestsOf } from './export.ts';
import { readMergeOut } from './merge.ts';
import { keepName, readName } from './outbox.ts';
import { revokeTokens } from './revocation.ts';
import { rebuild } from './schema.ts';

/** What is still to be put away after the tombstone's time is looked at again so often. */
const RETRY_MS = 86_400_000;

/**
 * Erases the viewer in one transaction: every table is dropped and made anew, empty. Only the amounts of the ledger
 * stay, without episodes, keys or ids, until the caller has put them where no viewer's name leads
 * (docs/decisions/027-erasure-and-export.md). A guest is erased together with the viewer that it is part of.
 */
export async function erase(storage: DurableObjectStorage, request: EraseRequest): Promise<EraseReply> {
  const reply = storage.transactionSync(() => eraseOnce(storage, request));
  // In one go with the erasure: there is no await between the two.
  if (reply.outcome === 'erased') await storage.setAlarm(reply.untilMs);
  return reply;
}

function eraseOnce(storage: DurableObjectStorage, { nowMs, asGuest, isOrphan = false }: EraseRequest): EraseReply {
  const { sql } = storage;
  const earlier = readErasure(sql);
  if (earlier !== null) return earlier;
  const out = readMergeOut(sql);
  if (out !== null && !isOrphan) {
    const departure = { into: out.target, transferId: out.transferId, isHandedOver: out.transfer === null };
    if (!asGuest) return { outcome: 'merged', ...departure };
    if (out.transfer !== null) return { outcome: 'busy', leaves: departure };
  }
  if (isExpectingGuest(sql, nowMs)) return { outcome: 'busy', leaves: null };
  // An orphan erases itself, and must find out of which name after a break; it goes with the rest at the end.
  const name = isOrphan ? readName(sql) : null;
  const revokedAtSeconds = revokeTokens(sql, Math.floor(nowMs / 1_000));
  const ledger = anonymousLedger(sql, nowMs);
  const guests = JSON.stringify(guestsOf(sql));
  const untilMs = nowMs + ERASED_MEMORY_MS;
  rebuild(storage);
  sql.exec(
    'INSERT INTO erasure (id, erased_at, until, revoked_at, subject, guests) VALUES (1, ?, ?, ?, ?, ?)',
    nowMs,
    untilMs,
    revokedAtSeconds * 1_000,
    toBase64url(randomBytes(15)),
    guests,
  );
  // Tokens that the backend goes on signing by itself are refused for as long as the id is.
  sql.exec('INSERT INTO revocation (id, revoked_at) VALUES (1, ?)', Math.ceil(untilMs / 1_000) * 1_000);
  for (const txn of ledger) sql.exec('INSERT INTO erased_txns (seq, txn) VALUES (?, ?)', txn.seq, JSON.stringify(txn));
  if (name !== null) keepName(sql, name);
  const erasure = readErasure(sql);
  if (erasure === null) throw new Error('the tombstone was not written');
  return erasure;
}

function isExpectingGuest(sql: SqlStorage, nowMs: number): boolean {
  return sql.exec('SELECT 1 FROM merge_in WHERE open_until > ? LIMIT 1', nowMs).toArray().length > 0;
}

/** No id, key, episode, reason or answer: of who it was nothing but the payments' names, which the caller hashes. */
function anonymousLedger(sql: SqlStorage, nowMs: number): AnonymousTxn[] {
  type Row = { seq: number; kind: string; atMs: number; reference: string | null; amounts: string };
  const ledger = sql
    .exec<Row>(
      `SELECT seq, kind, created_at AS atMs, CASE WHEN kind IN ('credit', 'chargeback') THEN reference END AS reference,
         (SELECT json_group_object(account_id, amount) FROM entries WHERE txn_id = txns.id) AS amounts
       FROM txns ORDER BY seq`,
    )
    .toArray()
    .map(({ amounts, ...txn }): AnonymousTxn => ({ ...txn, amounts: JSON.parse(amounts) as Record<string, number> }));
  const balances = sql.exec<{ account: string; balance: number }>('SELECT id AS account, balance FROM accounts');
  const last = planErasure(balances.toArray(), (ledger.at(-1)?.seq ?? 0) + 1, nowMs);
  return last === null ? ledger : [...ledger, last];
}

function readErasure(sql: SqlStorage): Extract<EraseReply, { outcome: 'erased' }> | null {
  type Row = { erased_at: number; until: number; revoked_at: number; subject: string | null; guests: string | null };
  const [row] = sql.exec<Row>('SELECT * FROM erasure').toArray();
  if (row === undefined) return null;
  const { subject, guests } = row;
  const pending: PendingErasure | null =
    subject === null ? null : { subject, guests: JSON.parse(guests ?? '[]') as string[], ledger: pendingLedger(sql) };
  return {
    outcome: 'erased',
    erasedAtMs: row.erased_at,
    untilMs: row.until,
    revokedAtSeconds: row.revoked_at / 1_000,
    pending,
  };
}

function pendingLedger(sql: SqlStorage): AnonymousTxn[] {
  const rows = sql.exec<{ txn: string }>('SELECT txn FROM erased_txns ORDER BY seq').toArray();
  return rows.map(({ txn }) => JSON.parse(txn) as AnonymousTxn);
}

export function readTombstone(sql: SqlStorage): { erasedAtMs: number; untilMs: number } | null {
  const erasure = readErasure(sql);
  return erasure === null ? null : { erasedAtMs: erasure.erasedAtMs, untilMs: erasure.untilMs };
}

/** A guest whose target is erased puts itself away, and has not come to the end of it. */
export function isSelfErasing(sql: SqlStorage): boolean {
  return readErasure(sql)?.pending != null && readName(sql) !== null;
}

/** From here on nothing leads from this viewer to the ledger that stays. */
export function finishErasure(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    storage.sql.exec('UPDATE erasure SET subject = NULL, guests = NULL');
    storage.sql.exec('DELETE FROM erased_txns');
    storage.sql.exec('DELETE FROM viewer_name');
  });
}

/** At the end of its time the tombstone goes too, and the id is as one that never was. */
export async function endTombstone(storage: DurableObjectStorage, nowMs: number): Promise<void> {
  const erasure = readErasure(storage.sql);
  if (erasure === null) return;
  if (erasure.untilMs > nowMs) await storage.setAlarm(erasure.untilMs);
  else if (erasure.pending !== null) await storage.setAlarm(nowMs + RETRY_MS);
  else storage.transactionSync(() => rebuild(storage));
}
