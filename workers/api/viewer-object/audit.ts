import type { AuditFinding } from '#shared/viewer/rpc.ts';

/**
 * What must hold after every operation; each query lists what breaks it. The schema's triggers refuse most of it, so a
 * finding means that the schema, SQLite or the storage is at fault: look before anything else is done.
 *
 * @see security.md LED-1, LED-2, LED-13
 */
const RULES: Readonly<Record<string, string>> = {
  'all entries sum to zero': "SELECT 'entries' AS id FROM (SELECT SUM(amount) AS total FROM entries) WHERE total <> 0",
  'each transaction sums to zero, of two entries or more':
    'SELECT txn_id AS id FROM entries GROUP BY txn_id HAVING SUM(amount) <> 0 OR COUNT(*) < 2',
  'each transaction is sealed, and has entries unless nothing was to be moved': `SELECT id FROM txns WHERE sealed <> 1
     OR (kind NOT IN ('refund', 'transfer-out', 'transfer-in') AND id NOT IN (SELECT txn_id FROM entries))`,
  'each balance is the sum of its entries':
    'SELECT id FROM accounts a WHERE balance <> (SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account_id = a.id)',
  'no wallet is below zero, and no debt above':
    "SELECT id FROM accounts WHERE (kind = 'wallet' AND balance < 0) OR (kind = 'debt' AND balance > 0)",
  'each wallet is the sum of its lots':
    "SELECT id FROM accounts a WHERE kind = 'wallet' AND balance <> (SELECT COALESCE(SUM(remaining), 0) FROM lots WHERE 'wallet:' || kind = a.id)",
  'each lot is what came in less what was drawn and not returned': `SELECT id FROM lots l WHERE remaining < 0 OR remaining <> amount
       - (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE lot_id = l.id)
       + (SELECT COALESCE(SUM(coins), 0) FROM returns WHERE lot_id = l.id)`,
  'each unlock was paid in full by its shares':
    'SELECT id FROM unlocks u WHERE coins <> (SELECT COALESCE(SUM(coins), 0) FROM shares WHERE unlock_id = u.id)',
  'the shares of a transaction are what it drew': `SELECT d.txn_id AS id FROM draws d JOIN txns t ON t.id = d.txn_id
     WHERE t.kind IN ('unlock', 'rental', 'transfer-in') AND d.coins <> (SELECT COALESCE(SUM(s.coins), 0) FROM shares s
       JOIN unlocks u ON u.id = s.unlock_id WHERE u.txn_id = d.txn_id AND s.lot_id = d.lot_id)`,
  'each transaction that unlocks has its unlocks':
    "SELECT id FROM txns WHERE kind IN ('unlock', 'rental') AND id NOT IN (SELECT txn_id FROM unlocks)",
  'a purchase was taken from the wallet': `SELECT t.id FROM txns t WHERE t.kind IN ('unlock', 'rental')
     AND (SELECT SUM(coins) FROM unlocks WHERE txn_id = t.id)
       IS NOT (SELECT -SUM(amount) FROM entries WHERE txn_id = t.id AND account_id LIKE 'wallet:%')`,
  'a refund gave back what its unlock had cost': `SELECT t.id FROM txns t WHERE t.kind = 'refund'
     AND (SELECT SUM(u.coins) FROM unlock_ends e JOIN unlocks u ON u.id = e.unlock_id WHERE e.txn_id = t.id)
       IS NOT (SELECT COALESCE(SUM(coins), 0) FROM returns WHERE txn_id = t.id)
         + (SELECT COALESCE(SUM(amount), 0) FROM lots WHERE txn_id = t.id)`,
  'an episode is owned once': `SELECT episode_id AS id FROM unlocks WHERE method = 'coins'
     AND id NOT IN (SELECT unlock_id FROM unlock_ends) GROUP BY episode_id HAVING COUNT(*) > 1`,
  'each rental has its terms':
    "SELECT id FROM unlocks WHERE (method = 'rental') <> (id IN (SELECT unlock_id FROM rentals))",
  'who was merged has nothing left': `SELECT 'wallet' AS id FROM merge_out WHERE EXISTS (SELECT 1 FROM lots WHERE remaining > 0)
     OR EXISTS (SELECT 1 FROM accounts WHERE kind <> 'system' AND balance <> 0)
     OR EXISTS (SELECT 1 FROM unlocks WHERE id NOT IN (SELECT unlock_id FROM unlock_ends))`,
};

/** Enough to begin looking; a broken ledger may break every row. */
const MAX_IDS = 20;

export function auditLedger(sql: SqlStorage): AuditFinding[] {
  return Object.entries(RULES).flatMap(([rule, query]) => {
    const ids = sql.exec<{ id: string }>(`SELECT id FROM (${query}) LIMIT ${MAX_IDS}`).toArray();
    return ids.length === 0 ? [] : [{ rule, ids: ids.map(({ id }) => id) }];
  });
}
