import { sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

/** A time that is later than the one before, also within one millisecond: where it is the row's version, it counts the writes. */
export function nextUpdate(column: SQLiteColumn, nowMs: number): SQL {
  return sql`MAX(${nowMs}, ${column} + 1)`;
}
