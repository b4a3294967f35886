/** One viewer's object as the Workers call it, and a look at its tables that they never have. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { CreditRequest, UnlockRequest, ViewerRpc } from '../../../../../workers/shared/viewer/rpc.ts';

/** As the Workers see it: plain promises of plain values. */
export type ViewerStub = DurableObjectStub & ViewerRpc;

/** Noon of a day in 2026; the object has no clock of its own. */
export const NOW_MS = 1_795_348_800_000;

export function newViewer(): ViewerStub {
  return env.VIEWERS.getByName(`viewer:${crypto.randomUUID()}`) as unknown as ViewerStub;
}

export function creditOf(coins: number, more: Partial<CreditRequest> = {}): CreditRequest {
  const request = {
    idempotencyKey: crypto.randomUUID(),
    coins,
    kind: 'paid' as const,
    expiresAtMs: null,
    reference: null,
    nowMs: NOW_MS,
    ...more,
  };
  const { kind, expiresAtMs, reference } = request;
  return { requestSha256: JSON.stringify([coins, kind, expiresAtMs, reference]), ...request };
}

export function unlockOf(episodeId: string, coins: number, more: Partial<UnlockRequest> = {}): UnlockRequest {
  return {
    idempotencyKey: crypto.randomUUID(),
    requestSha256: `unlock ${episodeId}`,
    episodeId,
    coins,
    nowMs: NOW_MS,
    ...more,
  };
}

export function inside<T>(
  viewer: ViewerStub,
  look: (sql: SqlStorage, storage: DurableObjectStorage) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(viewer, (_, state) => look(state.storage.sql, state.storage));
}

/** What must hold after every operation; each query lists what breaks it. @see security.md LED-1, LED-2, LED-13 */
const BROKEN: Readonly<Record<string, string>> = {
  'all entries sum to zero': 'SELECT SUM(amount) AS sum FROM entries HAVING SUM(amount) <> 0',
  'each transaction sums to zero, of two entries or more':
    'SELECT txn_id FROM entries GROUP BY txn_id HAVING SUM(amount) <> 0 OR COUNT(*) < 2',
  'each transaction is sealed and has entries':
    'SELECT id FROM txns WHERE sealed <> 1 OR id NOT IN (SELECT txn_id FROM entries)',
  'each balance is the sum of its entries':
    'SELECT id FROM accounts a WHERE balance <> (SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account_id = a.id)',
  'no wallet is below zero': "SELECT id FROM accounts WHERE kind = 'wallet' AND balance < 0",
  'each wallet is the sum of its lots':
    "SELECT id FROM accounts a WHERE kind = 'wallet' AND balance <> (SELECT COALESCE(SUM(remaining), 0) FROM lots WHERE 'wallet:' || kind = a.id)",
  'each lot is what came in less what was drawn':
    'SELECT id FROM lots l WHERE remaining < 0 OR remaining <> amount - (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE lot_id = l.id)',
  'each unlock was drawn in full, and taken from the wallet': `SELECT id FROM unlocks u WHERE coins <> (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE txn_id = u.txn_id)
       OR coins <> (SELECT -COALESCE(SUM(amount), 0) FROM entries WHERE txn_id = u.txn_id AND account_id LIKE 'wallet:%')`,
  'each transaction that unlocks has its unlock':
    "SELECT id FROM txns WHERE kind = 'unlock' AND id NOT IN (SELECT txn_id FROM unlocks)",
};

/** The names of the rules that are broken: none. */
export function audit(viewer: ViewerStub): Promise<string[]> {
  return inside(viewer, (sql) =>
    Object.entries(BROKEN).flatMap(([rule, query]) => (sql.exec(query).toArray().length > 0 ? [rule] : [])),
  );
}

/** Every row of the ledger, to tell whether anything changed. */
export function dump(viewer: ViewerStub): Promise<string> {
  const tables = ['accounts', 'txns', 'entries', 'lots', 'draws', 'unlocks', 'grants'];
  return inside(viewer, (sql) =>
    JSON.stringify(tables.map((table) => sql.exec(`SELECT * FROM ${table} ORDER BY rowid`).toArray())),
  );
}
