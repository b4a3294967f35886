import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** D1: what Apple's and Google's stores sold, and how far it was followed (docs/decisions/022-money-in.md). */

/** What a product of a store gives. The operator's word: no payload of a store says how many coins something is worth. */
export const storeProducts = sqliteTable(
  'store_products',
  {
    store: text({ enum: ['app-store', 'google-play'] }).notNull(),
    productId: text('product_id').notNull(),
    coins: integer().notNull(),
    bonusCoins: integer('bonus_coins').notNull(),
    bonusExpiresAfterDays: integer('bonus_expires_after_days'),
    pass: text(),
    /** Of a pass that the store gives no end; null is for good. */
    passDays: integer('pass_days'),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.store, table.productId] })],
);

/** Who a purchase is for: the token that the app hands to the store, and the viewer that it names. */
export const storeAccounts = sqliteTable(
  'store_accounts',
  {
    token: text().primaryKey(),
    viewerId: text('viewer_id').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('store_accounts_viewer').on(table.viewerId)],
);

/**
 * What a store last said of each payment, and how far the viewer's object has followed. `coins` and its like are set
 * once, when crediting begins: a retry must order the same, whatever the product gives by then.
 */
export const storePurchases = sqliteTable(
  'store_purchases',
  {
    id: text().primaryKey(),
    store: text({ enum: ['app-store', 'google-play'] }).notNull(),
    /** `app-store:{transactionId}`, `google-play:{orderId}`: the reference of the credit. */
    reference: text().notNull(),
    productId: text('product_id').notNull(),
    quantity: integer().notNull(),
    /** What the payments of one pass have in common; the reference of the grant. */
    chain: text().notNull(),
    accountToken: text('account_token'),
    viewerId: text('viewer_id'),
    purchasedAt: integer('purchased_at').notNull(),
    /** Of what is paid for until then; null for what was bought once. */
    expiresAt: integer('expires_at'),
    graceUntilAt: integer('grace_until_at'),
    revokedAt: integer('revoked_at'),
    /** When the store said so: an older word changes nothing. */
    asOfAt: integer('as_of_at').notNull(),
    /** Counts the changes of this row. */
    version: integer().notNull(),
    /** Why nothing was given; null when it was, or was taken back. */
    parked: text({ enum: ['product-unknown', 'account-unknown', 'viewer-erased'] }),
    coins: integer(),
    bonusCoins: integer('bonus_coins'),
    bonusExpiresAt: integer('bonus_expires_at'),
    credit: text({ enum: ['none', 'begun', 'done'] }).notNull(),
    /** How often it was taken back; a credit after that is a new one. */
    round: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('store_purchases_reference').on(table.reference),
    index('store_purchases_chain').on(table.chain),
    index('store_purchases_parked')
      .on(table.id)
      .where(sql`${table.parked} IS NOT NULL`),
    index('store_purchases_open')
      .on(table.updatedAt)
      .where(sql`${table.credit} = 'begun' OR (${table.credit} = 'done' AND ${table.revokedAt} IS NOT NULL)`),
  ],
);

/** Messages of stores that were applied, `app-store:{notificationUUID}` and `google-play:{messageId}`. Never forgotten. */
export const storeNotifications = sqliteTable('store_notifications', {
  id: text().primaryKey(),
  receivedAt: integer('received_at').notNull(),
});

/** Purchases that Google gives back after three days unless it is told that the viewer has them. */
export const storeAcknowledgements = sqliteTable(
  'store_acknowledgements',
  {
    reference: text().primaryKey(),
    kind: text({ enum: ['one-time', 'subscription'] }).notNull(),
    productId: text('product_id').notNull(),
    purchaseToken: text('purchase_token').notNull(),
    tries: integer().notNull(),
    /** null = Google knows. The row stays for the three days, so that a late delivery does not order it again. */
    nextTryAt: integer('next_try_at'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('store_acknowledgements_due').on(table.nextTryAt)],
);
