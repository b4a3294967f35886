import { ERASURE } from './erasure-schema.ts';
import { ADS, AUTO_UNLOCK, BROUGHT_UNLOCKS, WAITS } from './free-ways-schema.ts';
import { RECONCILIATION } from './ledger-guard.ts';
import { LEDGER, LEDGER_REBUILT, MOVES } from './ledger-schema.ts';
import { BROUGHT_ADS, MOVED_COINS, TRANSFER_PARTS } from './merge-schema.ts';
import { OUTBOX, OUTBOX_ATTEMPTS } from './outbox-schema.ts';
import { PENDING_ADJUSTMENTS } from './pending-adjustments-schema.ts';

/** What was given, not paid. A part of the first migration, which must never change; new objects get it by itself. */
const GRANTS = `CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  scope TEXT NOT NULL CHECK (scope IN ('episode', 'season', 'series', 'all')),
  target_id TEXT,
  pass TEXT,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;`;

/**
 * The ledger of one viewer as it began, inside that viewer's own SQLite Durable Object; ledger-schema.ts has what it is
 * now.
 *
 * Double entry: every transaction moves coins between accounts and sums to zero. The rules are in the schema, so that
 * no code path can break them: entries and transactions cannot change, no wallet or lot goes below zero, and a
 * transaction that does not balance cannot be sealed (security.md 2.2).
 */
const LEDGER_V1 = `
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('wallet', 'system')),
  balance INTEGER NOT NULL DEFAULT 0,
  CHECK (kind = 'system' OR balance >= 0)
) STRICT;
INSERT INTO accounts (id, kind) VALUES
  ('wallet:paid', 'wallet'), ('wallet:bonus', 'wallet'),
  ('system:issued', 'system'), ('system:spent', 'system'), ('system:lapsed', 'system');

CREATE TABLE txns (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('credit', 'unlock', 'lapse')),
  idempotency_key TEXT,
  request_sha256 TEXT,
  reference TEXT,
  result TEXT,
  sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
  created_at INTEGER NOT NULL,
  CHECK (sealed = 0 OR result IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX txns_key ON txns (kind, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX txns_reference ON txns (kind, reference) WHERE reference IS NOT NULL;

CREATE TABLE entries (
  txn_id TEXT NOT NULL REFERENCES txns (id),
  account_id TEXT NOT NULL REFERENCES accounts (id),
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (txn_id, account_id)
) STRICT;

CREATE TABLE lots (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('paid', 'bonus')),
  amount INTEGER NOT NULL CHECK (amount > 0),
  remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND amount),
  expires_at INTEGER,
  txn_id TEXT NOT NULL REFERENCES txns (id)
) STRICT;

CREATE TABLE draws (
  txn_id TEXT NOT NULL REFERENCES txns (id),
  lot_id TEXT NOT NULL REFERENCES lots (id),
  coins INTEGER NOT NULL CHECK (coins > 0),
  PRIMARY KEY (txn_id, lot_id)
) STRICT;

CREATE TABLE unlocks (
  id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL UNIQUE,
  txn_id TEXT NOT NULL UNIQUE REFERENCES txns (id),
  coins INTEGER NOT NULL CHECK (coins > 0),
  created_at INTEGER NOT NULL
) STRICT;

${GRANTS}

CREATE UNIQUE INDEX lots_seq ON lots (seq);
CREATE INDEX lots_live ON lots (seq) WHERE remaining > 0;
CREATE INDEX lots_txn ON lots (txn_id);
CREATE INDEX txns_open ON txns (id) WHERE sealed = 0;

-- A balance changes by an entry of the open transaction and a lot by a draw of it; nothing else may set them.
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
CREATE TRIGGER lots_follow_draws BEFORE UPDATE ON lots
  WHEN OLD.id <> NEW.id OR OLD.seq <> NEW.seq OR OLD.kind <> NEW.kind OR OLD.amount <> NEW.amount
    OR OLD.expires_at IS NOT NEW.expires_at OR OLD.txn_id <> NEW.txn_id
    OR OLD.remaining - NEW.remaining IS NOT (SELECT SUM(d.coins) FROM txns t JOIN draws d ON d.txn_id = t.id
      WHERE t.sealed = 0 AND d.lot_id = NEW.id)
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
CREATE TRIGGER unlocks_open BEFORE INSERT ON unlocks
  WHEN (SELECT sealed FROM txns WHERE id = NEW.txn_id) IS NOT 0
    OR EXISTS (SELECT 1 FROM unlocks WHERE id = NEW.id OR episode_id = NEW.episode_id OR txn_id = NEW.txn_id)
  BEGIN SELECT RAISE(ABORT, 'unlocks belong to an open transaction'); END;

-- Sealing is the only change that a transaction ever sees, and only whole ones can be sealed.
CREATE TRIGGER txns_only_seal BEFORE UPDATE ON txns
  WHEN OLD.sealed = 1 OR NEW.sealed <> 1 OR OLD.id <> NEW.id OR OLD.seq <> NEW.seq OR OLD.kind <> NEW.kind
    OR OLD.idempotency_key IS NOT NEW.idempotency_key OR OLD.request_sha256 IS NOT NEW.request_sha256
    OR OLD.reference IS NOT NEW.reference OR OLD.created_at <> NEW.created_at
  BEGIN SELECT RAISE(ABORT, 'transactions never change'); END;
CREATE TRIGGER txns_balanced BEFORE UPDATE ON txns
  WHEN (SELECT COALESCE(SUM(amount), 1) FROM entries WHERE txn_id = NEW.id) <> 0
    OR (SELECT COUNT(*) FROM entries WHERE txn_id = NEW.id) < 2
  BEGIN SELECT RAISE(ABORT, 'the transaction does not balance'); END;
CREATE TRIGGER txns_lots BEFORE UPDATE ON txns
  WHEN (SELECT COALESCE(SUM(amount), 0) FROM entries WHERE txn_id = NEW.id AND account_id LIKE 'wallet:%')
    <> (SELECT COALESCE(SUM(amount), 0) FROM lots WHERE txn_id = NEW.id)
      - (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE txn_id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'the wallet and its lots must agree'); END;
CREATE TRIGGER txns_unlock BEFORE UPDATE ON txns
  WHEN NEW.kind = 'unlock'
    AND (SELECT COALESCE(SUM(coins), 0) FROM draws WHERE txn_id = NEW.id)
      <> (SELECT COALESCE(SUM(coins), -1) FROM unlocks WHERE txn_id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'an unlock must be paid in full'); END;

CREATE TRIGGER txns_no_delete BEFORE DELETE ON txns BEGIN SELECT RAISE(ABORT, 'transactions never change'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries never change'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries never change'); END;
CREATE TRIGGER lots_no_delete BEFORE DELETE ON lots BEGIN SELECT RAISE(ABORT, 'lots are never removed'); END;
CREATE TRIGGER draws_no_update BEFORE UPDATE ON draws BEGIN SELECT RAISE(ABORT, 'draws never change'); END;
CREATE TRIGGER draws_no_delete BEFORE DELETE ON draws BEGIN SELECT RAISE(ABORT, 'draws never change'); END;
CREATE TRIGGER unlocks_no_update BEFORE UPDATE ON unlocks BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
CREATE TRIGGER unlocks_no_delete BEFORE DELETE ON unlocks BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
`;

/**
 * Answers that moved no coins but belong to a key all the same: a retry of `owned` must not buy another episode
 * (security.md LED-5).
 */
const ANSWERS_V2 = `
CREATE TABLE answers (
  idempotency_key TEXT PRIMARY KEY,
  request_sha256 TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** The last revocation: tokens issued up to this second are refused. */
const REVOCATION_V3 = `
CREATE TABLE revocation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  revoked_at INTEGER NOT NULL
) STRICT;
`;

/** Streams that play now and devices seen lately; empty while no limit is set. */
const LEASES_V4 = `
CREATE TABLE stream_leases (
  stream TEXT PRIMARY KEY,
  device TEXT,
  started_at INTEGER NOT NULL,
  renewed_at INTEGER NOT NULL,
  lapses_at INTEGER NOT NULL,
  renewals INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE devices (
  device TEXT PRIMARY KEY,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Where the viewer stopped in each series. */
const RESUME_V5 = `
CREATE TABLE resume_points (
  series_id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL,
  position_seconds REAL NOT NULL CHECK (position_seconds >= 0),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Passes that a store renews: found by the store's own name for them, and by how new its word is. */
const GRANT_REFERENCE = `
ALTER TABLE grants ADD COLUMN reference TEXT;
ALTER TABLE grants ADD COLUMN version INTEGER;
CREATE UNIQUE INDEX grants_reference ON grants (reference) WHERE reference IS NOT NULL;
`;

/** In order, each applied once to each object, on its next use after a deployment. Append; never change one. */
export const MIGRATIONS: readonly string[] = [
  LEDGER_V1,
  ANSWERS_V2,
  REVOCATION_V3,
  LEASES_V4,
  RESUME_V5,
  WAITS,
  ADS,
  AUTO_UNLOCK,
  GRANT_REFERENCE,
  LEDGER_REBUILT,
  MOVES,
  BROUGHT_UNLOCKS,
  OUTBOX,
  ERASURE,
  MOVED_COINS,
  TRANSFER_PARTS,
  BROUGHT_ADS,
  OUTBOX_ATTEMPTS,
  PENDING_ADJUSTMENTS,
  RECONCILIATION,
];

/** What a new object gets instead: the same tables, rules and accounts, without the old ledger to begin with. */
const NEW_OBJECT: readonly string[] = [
  LEDGER,
  GRANTS,
  ...MIGRATIONS.filter((migration) => migration !== LEDGER_V1 && migration !== LEDGER_REBUILT),
];

/** Brings an object's database up to the newest schema; objects sleep for months, so each brings itself. */
export function migrate(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)');
    const [row] = storage.sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray();
    const applied = row?.version ?? 0;
    if (applied === MIGRATIONS.length) return;
    const missing = applied === 0 ? NEW_OBJECT : MIGRATIONS.slice(applied);
    for (const migration of missing) storage.sql.exec(migration);
    storage.sql.exec('DELETE FROM schema_version');
    storage.sql.exec('INSERT INTO schema_version (version) VALUES (?)', MIGRATIONS.length);
  });
}

/** Takes away every table with all that is in it and makes them anew: the object is as one that was never used. */
export function rebuild(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    // From the newest to the oldest: what refers to a table was made after it. DROP fires no trigger.
    const tables = storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY rowid DESC",
      )
      .toArray();
    for (const { name } of tables) storage.sql.exec(`DROP TABLE ${name}`);
    migrate(storage);
  });
}
