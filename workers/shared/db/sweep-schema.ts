import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * What lies in the bucket and is, or may come to be, of no use: a row is there before the first object is. Whether
 * something still uses it is asked when it is due; `claimed_at` is then set by compare-and-swap, and nothing below it is
 * published any more.
 */
export const prefixesToSweep = sqliteTable(
  'prefixes_to_sweep',
  {
    /** `a/{asset}/{version}/`, `a/{asset}/`, `s/{episode}/` or the key of one source. */
    prefix: text().primaryKey(),
    dueAt: integer('due_at').notNull(),
    claimedAt: integer('claimed_at'),
  },
  (table) => [index('prefixes_to_sweep_due').on(table.dueAt)],
);
