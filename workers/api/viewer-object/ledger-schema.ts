/**
 * The ledger since bundles, rentals, refunds, chargebacks and merges: the tables of LEDGER_V1 rebuilt, as SQLite can
 * change neither a CHECK nor a UNIQUE of a table that is there, with the same guarantees and more.
 *
 * - Several unlocks share a transaction (a bundle); `shares` says which lot paid which of them, so a refund is exact.
 * - An unlock never changes and never goes: `unlock_ends` says that a refund or a transfer ended it. Of those that no
 *   one ended, an episode has one for good at most.
 * - `draws` lower a lot, `returns` raise it again by what a refund gives back; nothing else moves it.
 * - Debt is an account of its own that never rises above zero, as a wallet never falls below.
 */
const tables = (suffix: string): string => `
CREATE TABLE accounts${suffix} (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('wallet', 'debt', 'system')),
  balance INTEGER NOT NULL DEFAULT 0,
  CHECK (kind = 'system' OR (kind = 'wallet' AND balance >= 0) OR (kind = 'debt' AND balance <= 0))
) STRICT;
CREATE TABLE txns${suffix} (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('credit', 'unlock', 'rental', 'lapse', 'refund', 'chargeback', 'repay',
    'adjustment', 'transfer-out', 'transfer-in')),
  idempotency_key TEXT,
  request_sha256 TEXT,
  reference TEXT,
  reason TEXT,
  actor TEXT,
  result TEXT,
  sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
  created_at INTEGER NOT NULL,
  CHECK (sealed = 0 OR result IS NOT NULL)
) STRICT;
CREATE TABLE entries${suffix} (
  txn_id TEXT NOT NULL REFERENCES txns${suffix} (id),
  account_id TEXT NOT NULL REFERENCES accounts${suffix} (id),
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (txn_id, account_id)
) STRICT;
CREATE TABLE lots${suffix} (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('paid', 'bonus')),
  amount INTEGER NOT NULL CHECK (amount > 0),
  remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND amount),
  expires_at INTEGER,
  reference TEXT,
  txn_id TEXT NOT NULL REFERENCES txns${suffix} (id)
) STRICT;
CREATE TABLE draws${suffix} (
  txn_id TEXT NOT NULL REFERENCES txns${suffix} (id),
  lot_id TEXT NOT NULL REFERENCES lots${suffix} (id),
  coins INTEGER NOT NULL CHECK (coins > 0),
  PRIMARY KEY (txn_id, lot_id)
) STRICT;
CREATE TABLE unlocks${suffix} (
  id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL,
  txn_id TEXT NOT NULL REFERENCES txns${suffix} (id),
  method TEXT NOT NULL CHECK (method IN ('coins', 'rental')),
  coins INTEGER NOT NULL CHECK (coins >= 0),
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE shares (
  unlock_id TEXT NOT NULL REFERENCES unlocks${suffix} (id),
  lot_id TEXT NOT NULL REFERENCES lots${suffix} (id),
  coins INTEGER NOT NULL CHECK (coins > 0),
  PRIMARY KEY (unlock_id, lot_id)
) STRICT;
`;

const RULES = `
CREATE TABLE returns (
  txn_id TEXT NOT NULL REFERENCES txns (id),
  lot_id TEXT NOT NULL REFERENCES lots (id),
  coins INTEGER NOT NULL CHECK (coins > 0),
  PRIMARY KEY (txn_id, lot_id)
) STRICT;
CREATE TABLE unlock_ends (
  unlock_id TEXT PRIMARY KEY REFERENCES unlocks (id),
  txn_id TEXT NOT NULL REFERENCES txns (id)
) STRICT;
CREATE TABLE rentals (
  unlock_id TEXT PRIMARY KEY REFERENCES unlocks (id),
  hours INTEGER NOT NULL CHECK (hours > 0),
  start_by INTEGER NOT NULL,
  started_at INTEGER
) STRICT;

CREATE UNIQUE INDEX txns_key ON txns (kind, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX txns_reference ON txns (kind, reference) WHERE reference IS NOT NULL;
CREATE INDEX txns_open ON txns (id) WHERE sealed = 0;
CREATE UNIQUE INDEX lots_seq ON lots (seq);
CREATE INDEX lots_live ON lots (seq) WHERE remaining > 0;
CREATE INDEX lots_txn ON lots (txn_id);
CREATE INDEX lots_reference ON lots (reference) WHERE reference IS NOT NULL;
CREATE INDEX draws_lot ON draws (lot_id);
CREATE INDEX shares_lot ON shares (lot_id);
CREATE INDEX unlocks_episode ON unlocks (episode_id);
CREATE INDEX unlocks_txn ON unlocks (txn_id);
CREATE INDEX unlock_ends_txn ON unlock_ends (txn_id);

-- A balance changes by an entry of the open transaction, a lot by a draw or a return of it; nothing else may set them.
CREATE TRIGGER entries_apply AFTER INSERT ON entries BEGIN
  UPDATE accounts SET balance = balance + NEW.amount WHERE id = NEW.account_id;
END;
CREATE TRIGGER accounts_follow_entries BEFORE UPDATE ON accounts
  WHEN OLD.id <> NEW.id OR OLD.kind <> NEW.kind
    OR NEW.balance - OLD.balance IS NOT (SELECT SUM(e.amount) FROM txns t JOIN entries e ON e.txn_id = t.id
      WHERE t.sealed = 0 AND e.account_id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'a balance follows from its entries'); END;
CREATE TRIGGER draws_apply AFTER INSERT ON draws BEGIN
  UPDATE lots SET remaining = remaining - NEW.coins WHERE id = NEW.lot_id;
END;
CREATE TRIGGER returns_apply AFTER INSERT ON returns BEGIN
  UPDATE lots SET remaining = remaining + NEW.coins WHERE id = NEW.lot_id;
END;
CREATE TRIGGER lots_follow_draws BEFORE UPDATE ON lots
  WHEN OLD.id <> NEW.id OR OLD.seq <> NEW.seq OR OLD.kind <> NEW.kind OR OLD.amount <> NEW.amount
    OR OLD.expires_at IS NOT NEW.expires_at OR OLD.reference IS NOT NEW.reference OR OLD.txn_id <> NEW.txn_id
    OR OLD.remaining = NEW.remaining
    OR OLD.remaining - NEW.remaining IS NOT
      (SELECT COALESCE(SUM(d.coins), 0) FROM txns t JOIN draws d ON d.txn_id = t.id
        WHERE t.sealed = 0 AND d.lot_id = NEW.id)
      - (SELECT COALESCE(SUM(r.coins), 0) FROM txns t JOIN returns r ON r.txn_id = t.id
        WHERE t.sealed = 0 AND r.lot_id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'a lot follows from its draws'); END;

-- Rows belong to a transaction that is still open. REPLACE deletes without a trigger, so taken keys are refused here.
CREATE TRIGGER txns_new BEFORE INSERT ON txns
  WHEN EXISTS (SELECT 1 FROM txns WHERE id = NEW.id OR seq = NEW.seq
      OR (kind = NEW.kind AND (idempotency_key = NEW.idempotency_key OR reference = NEW.reference)))
    OR NEW.sealed <> 0
  BEGIN SELECT RAISE(ABORT, 'transactions never change'); END;
CREATE TRIGGER entries_open BEFORE INSERT ON entries
  WHEN (SELECT sealed FROM txns WHERE id = NEW.txn_id) IS NOT 0
    OR EXISTS (SELECT 1 FROM entries WHERE txn_id = NEW.txn_id AND account_id = NEW.account_id)
  BEGIN SELECT RAISE(ABORT, 'entries belong to an open transaction'); END;
CREATE TRIGGER lots_open BEFORE INSERT ON lots
  WHEN (SELECT sealed FROM txns WHERE id = NEW.txn_id) IS NOT 0 OR NEW.remaining <> NEW.amount
    OR EXISTS (SELECT 1 FROM lots WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'lots belong to an open transaction'); END;
CREATE TRIGGER draws_open BEFORE INSERT ON draws
  WHEN (SELECT sealed FROM txns WHERE id = NEW.txn_id) IS NOT 0
    OR EXISTS (SELECT 1 FROM draws WHERE txn_id = NEW.txn_id AND lot_id = NEW.lot_id)
  BEGIN SELECT RAISE(ABORT, 'draws belong to an open transaction'); END;
CREATE TRIGGER returns_open BEFORE INSERT ON returns
  WHEN NOT EXISTS (SELECT 1 FROM txns WHERE id = NEW.txn_id AND sealed = 0 AND kind = 'refund')
    OR EXISTS (SELECT 1 FROM returns WHERE txn_id = NEW.txn_id AND lot_id = NEW.lot_id)
  BEGIN SELECT RAISE(ABORT, 'returns belong to an open refund'); END;
CREATE TRIGGER unlocks_open BEFORE INSERT ON unlocks
  WHEN NOT EXISTS (SELECT 1 FROM txns WHERE id = NEW.txn_id AND sealed = 0
      AND kind IN ('unlock', 'rental', 'transfer-in'))
    OR EXISTS (SELECT 1 FROM unlocks WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'unlocks belong to an open transaction'); END;
CREATE TRIGGER unlocks_once BEFORE INSERT ON unlocks
  WHEN NEW.method = 'coins' AND EXISTS (SELECT 1 FROM unlocks WHERE episode_id = NEW.episode_id AND method = 'coins'
    AND id NOT IN (SELECT unlock_id FROM unlock_ends))
  BEGIN SELECT RAISE(ABORT, 'the episode is owned'); END;
CREATE TRIGGER shares_open BEFORE INSERT ON shares
  WHEN (SELECT t.sealed FROM unlocks u JOIN txns t ON t.id = u.txn_id WHERE u.id = NEW.unlock_id) IS NOT 0
    OR EXISTS (SELECT 1 FROM shares WHERE unlock_id = NEW.unlock_id AND lot_id = NEW.lot_id)
  BEGIN SELECT RAISE(ABORT, 'shares belong to an open transaction'); END;
CREATE TRIGGER rentals_open BEFORE INSERT ON rentals
  WHEN NOT EXISTS (SELECT 1 FROM unlocks u JOIN txns t ON t.id = u.txn_id
      WHERE u.id = NEW.unlock_id AND u.method = 'rental' AND t.sealed = 0)
    OR EXISTS (SELECT 1 FROM rentals WHERE unlock_id = NEW.unlock_id)
  BEGIN SELECT RAISE(ABORT, 'rentals belong to an open transaction'); END;
CREATE TRIGGER unlock_ends_open BEFORE INSERT ON unlock_ends
  WHEN NOT EXISTS (SELECT 1 FROM txns WHERE id = NEW.txn_id AND sealed = 0 AND kind IN ('refund', 'transfer-out'))
    OR EXISTS (SELECT 1 FROM unlock_ends WHERE unlock_id = NEW.unlock_id)
  BEGIN SELECT RAISE(ABORT, 'an unlock ends once'); END;

-- Sealing is the only change that a transaction ever sees, and only whole ones can be sealed.
CREATE TRIGGER txns_only_seal BEFORE UPDATE ON txns
  WHEN OLD.sealed = 1 OR NEW.sealed <> 1 OR OLD.id <> NEW.id OR OLD.seq <> NEW.seq OR OLD.kind <> NEW.kind
    OR OLD.idempotency_key IS NOT NEW.idempotency_key OR OLD.request_sha256 IS NOT NEW.request_sha256
    OR OLD.reference IS NOT NEW.reference OR OLD.reason IS NOT NEW.reason OR OLD.actor IS NOT NEW.actor
    OR OLD.created_at <> NEW.created_at
  BEGIN SELECT RAISE(ABORT, 'transactions never change'); END;
-- An episode of a bundle may have cost nothing, and a guest may have had no coins: only these move none.
CREATE TRIGGER txns_balanced BEFORE UPDATE ON txns
  WHEN (SELECT COALESCE(SUM(amount), 0) FROM entries WHERE txn_id = NEW.id) <> 0
    OR (SELECT COUNT(*) FROM entries WHERE txn_id = NEW.id)
      < CASE WHEN NEW.kind IN ('refund', 'transfer-out', 'transfer-in')
          AND NOT EXISTS (SELECT 1 FROM entries WHERE txn_id = NEW.id) THEN 0 ELSE 2 END
  BEGIN SELECT RAISE(ABORT, 'the transaction does not balance'); END;
CREATE TRIGGER txns_lots BEFORE UPDATE ON txns
  WHEN (SELECT COALESCE(SUM(amount), 0) FROM entries WHERE txn_id = NEW.id AND account_id LIKE 'wallet:%')
    <> (SELECT COALESCE(SUM(amount), 0) FROM lots WHERE txn_id = NEW.id)
      - (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE txn_id = NEW.id)
      + (SELECT COALESCE(SUM(coins), 0) FROM returns WHERE txn_id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'the wallet and its lots must agree'); END;
CREATE TRIGGER txns_unlock BEFORE UPDATE ON txns
  WHEN NEW.kind IN ('unlock', 'rental', 'transfer-in') AND (
    (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE txn_id = NEW.id) <>
      (SELECT COALESCE(SUM(coins), CASE NEW.kind WHEN 'transfer-in' THEN 0 ELSE -1 END) FROM unlocks
        WHERE txn_id = NEW.id)
    OR EXISTS (SELECT 1 FROM unlocks u WHERE u.txn_id = NEW.id
      AND u.coins <> (SELECT COALESCE(SUM(coins), 0) FROM shares WHERE unlock_id = u.id))
    OR EXISTS (SELECT 1 FROM draws d WHERE d.txn_id = NEW.id AND d.coins <> (SELECT COALESCE(SUM(s.coins), 0)
      FROM shares s JOIN unlocks u ON u.id = s.unlock_id WHERE u.txn_id = NEW.id AND s.lot_id = d.lot_id))
    OR EXISTS (SELECT 1 FROM unlocks u WHERE u.txn_id = NEW.id AND u.method = 'rental'
      AND u.id NOT IN (SELECT unlock_id FROM rentals)))
  BEGIN SELECT RAISE(ABORT, 'an unlock must be paid in full'); END;
CREATE TRIGGER txns_refund BEFORE UPDATE ON txns
  WHEN NEW.kind = 'refund' AND (
    (SELECT SUM(u.coins) FROM unlock_ends e JOIN unlocks u ON u.id = e.unlock_id WHERE e.txn_id = NEW.id) IS NOT
      (SELECT COALESCE(SUM(coins), 0) FROM returns WHERE txn_id = NEW.id)
      + (SELECT COALESCE(SUM(amount), 0) FROM lots WHERE txn_id = NEW.id)
    OR EXISTS (SELECT 1 FROM returns r WHERE r.txn_id = NEW.id AND r.coins > (SELECT COALESCE(SUM(s.coins), 0)
      FROM unlock_ends e JOIN shares s ON s.unlock_id = e.unlock_id WHERE e.txn_id = NEW.id AND s.lot_id = r.lot_id)))
  BEGIN SELECT RAISE(ABORT, 'a refund gives back what was paid'); END;

CREATE TRIGGER rentals_start_once BEFORE UPDATE ON rentals
  WHEN OLD.started_at IS NOT NULL OR NEW.started_at IS NULL OR OLD.unlock_id <> NEW.unlock_id
    OR OLD.hours <> NEW.hours OR OLD.start_by <> NEW.start_by
  BEGIN SELECT RAISE(ABORT, 'a rental starts once'); END;
${['txns', 'entries', 'lots', 'draws', 'returns', 'unlocks', 'shares', 'rentals', 'unlock_ends']
  .map((table) => {
    const refuse = `BEGIN SELECT RAISE(ABORT, '${table} never change'); END;`;
    const isUpdated = table === 'txns' || table === 'lots' || table === 'rentals';
    return `CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} ${refuse}
${isUpdated ? '' : `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} ${refuse}`}`;
  })
  .join('\n')}
`;

/** For an object with the ledger as it began. */
export const LEDGER_REBUILT = `${tables('_rebuilt')}
INSERT INTO accounts_rebuilt SELECT id, kind, balance FROM accounts;
INSERT INTO accounts_rebuilt (id, kind) VALUES ('debt', 'debt'),
  ('system:absorbed', 'system'), ('system:adjusted', 'system'), ('system:transfer', 'system');
INSERT INTO txns_rebuilt SELECT id, seq, kind, idempotency_key, request_sha256, reference, NULL, NULL, result, sealed,
  created_at FROM txns;
INSERT INTO entries_rebuilt SELECT * FROM entries;
INSERT INTO lots_rebuilt SELECT l.id, l.seq, l.kind, l.amount, l.remaining, l.expires_at, t.reference, l.txn_id
  FROM lots l JOIN txns t ON t.id = l.txn_id;
INSERT INTO draws_rebuilt SELECT * FROM draws;
INSERT INTO unlocks_rebuilt SELECT id, episode_id, txn_id, 'coins', coins, created_at FROM unlocks;
INSERT INTO shares SELECT u.id, d.lot_id, d.coins FROM unlocks u JOIN draws d ON d.txn_id = u.txn_id;
DROP TABLE unlocks;
DROP TABLE draws;
DROP TABLE lots;
DROP TABLE entries;
DROP TABLE txns;
DROP TABLE accounts;
ALTER TABLE accounts_rebuilt RENAME TO accounts;
ALTER TABLE txns_rebuilt RENAME TO txns;
ALTER TABLE entries_rebuilt RENAME TO entries;
ALTER TABLE lots_rebuilt RENAME TO lots;
ALTER TABLE draws_rebuilt RENAME TO draws;
ALTER TABLE unlocks_rebuilt RENAME TO unlocks;
${RULES}`;

/** For a new object: to build the old ledger first and then this out of it took longer than the viewer's first request. */
export const LEDGER = `${tables('')}
INSERT INTO accounts (id, kind) VALUES
  ('wallet:paid', 'wallet'), ('wallet:bonus', 'wallet'), ('debt', 'debt'),
  ('system:issued', 'system'), ('system:spent', 'system'), ('system:lapsed', 'system'),
  ('system:absorbed', 'system'), ('system:adjusted', 'system'), ('system:transfer', 'system');
${RULES}`;

/** What the moves need to remember beside the ledger. */
export const MOVES = `
CREATE TABLE quotes (
  id TEXT PRIMARY KEY,
  quote TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Chargebacks of payments that have not come in yet.
CREATE TABLE parked_chargebacks (
  reference TEXT PRIMARY KEY,
  policy TEXT NOT NULL CHECK (policy IN ('debt', 'revoke', 'absorb')),
  reason TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Payments that were taken back at the operator's cost: what a refund returns of them is the operator's.
CREATE TABLE absorbed_references (reference TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Where this viewer went. transfer is kept until the target has it.
CREATE TABLE merge_out (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  transfer_id TEXT NOT NULL,
  target TEXT NOT NULL,
  transfer TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- Guests that are about to come: until open_until this viewer goes nowhere itself.
CREATE TABLE merge_in (
  guest TEXT PRIMARY KEY,
  open_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Payments and chargebacks that guests brought along: a late retry of one must not move its coins a second time.
CREATE TABLE moved_txns (
  kind TEXT NOT NULL CHECK (kind IN ('credit', 'chargeback')),
  reference TEXT NOT NULL,
  request_sha256 TEXT,
  result TEXT NOT NULL,
  PRIMARY KEY (kind, reference)
) STRICT, WITHOUT ROWID;

-- The last moment from which passes of some asset are refused, while tokens stay good.
CREATE TABLE pass_revocation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revoked_at INTEGER NOT NULL
) STRICT;
`;
