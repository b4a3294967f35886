import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * D1: what viewers' objects have told, for reports (docs/decisions/026-outbox.md). A copy: decisions are made in the
 * objects alone, and everything here can be told again. Viewers stand here as keyed hashes.
 */
export const ledgerTxns = sqliteTable(
  'ledger_txns',
  {
    txnId: text('txn_id').primaryKey(),
    viewerHash: text('viewer_hash').notNull(),
    kind: text().notNull(),
    /** What it changed in the wallet. */
    paid: integer().notNull(),
    bonus: integer().notNull(),
    debtCoins: integer('debt_coins').notNull(),
    reference: text(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('ledger_txns_viewer').on(table.viewerHash, table.createdAt),
    index('ledger_txns_created').on(table.createdAt),
  ],
);

/** One row for each viewer who had it: what a guest brought along has ended there and goes on with the account. */
export const ledgerUnlocks = sqliteTable(
  'ledger_unlocks',
  {
    unlockId: text('unlock_id').notNull(),
    viewerHash: text('viewer_hash').notNull(),
    episodeId: text('episode_id').notNull(),
    /** null where the episode was gone when this was told. */
    seriesId: text('series_id'),
    method: text({ enum: ['coins', 'rental', 'ad', 'wait'] }).notNull(),
    coins: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    endedAt: integer('ended_at'),
    endKind: text('end_kind', { enum: ['refund', 'transfer-out'] }),
  },
  (table) => [
    primaryKey({ columns: [table.unlockId, table.viewerHash] }),
    index('ledger_unlocks_viewer').on(table.viewerHash),
    index('ledger_unlocks_series').on(table.seriesId, table.createdAt),
    index('ledger_unlocks_created').on(table.createdAt),
  ],
);

/** Messages that could not be worked off: not of the form that they must have, or given up by their queue. */
export const quarantinedMessages = sqliteTable(
  'quarantined_messages',
  {
    /** The queue's own id of the message. */
    id: text().primaryKey(),
    queue: text().notNull(),
    body: text().notNull(),
    reason: text().notNull(),
    receivedAt: integer('received_at').notNull(),
    /** null where the message names no viewer, or is from before there was this column. */
    viewerHash: text('viewer_hash'),
  },
  (table) => [
    index('quarantined_messages_received').on(table.receivedAt),
    index('quarantined_messages_viewer').on(table.viewerHash),
  ],
);

/**
 * Viewers who were erased, as long as anything that was on its way then may come. What writes a viewer into this
 * database looks here within the statement that writes (docs/decisions/027-erasure-and-export.md).
 */
export const erasedViewers = sqliteTable(
  'erased_viewers',
  {
    viewerHash: text('viewer_hash').primaryKey(),
    until: integer().notNull(),
  },
  (table) => [index('erased_viewers_until').on(table.until)],
);
