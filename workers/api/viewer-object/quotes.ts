import type { QuoteRecord, QuoteRequest } from '#shared/viewer/rpc.ts';
import { merged } from './merge-state.ts';
import { makeId } from './posting.ts';

/** Prices that were shown to this viewer and hold for a while. What has ended is forgotten with the next one. */
export function storeQuote(sql: SqlStorage, { nowMs, ...quote }: QuoteRequest): QuoteRecord {
  const record: QuoteRecord = { ...quote, id: makeId('quo', nowMs) };
  // Nothing is sold to one who is gone, and nothing more is kept of them.
  if (merged(sql) !== null) return record;
  sql.exec('DELETE FROM quotes WHERE expires_at <= ?', nowMs - FORGET_AFTER_MS);
  sql.exec(
    'INSERT INTO quotes (id, quote, expires_at) VALUES (?, ?, ?)',
    record.id,
    JSON.stringify(record),
    record.expiresAtMs,
  );
  return record;
}

/** One that has ended is answered too for a day, so that its caller is told the truth about it. */
const FORGET_AFTER_MS = 86_400_000;

export function readQuote(sql: SqlStorage, quoteId: string): QuoteRecord | null {
  const [row] = sql.exec<{ quote: string }>('SELECT quote FROM quotes WHERE id = ?', quoteId).toArray();
  return row ? (JSON.parse(row.quote) as QuoteRecord) : null;
}
