import { log, reasonOf } from '#shared/log.ts';
import type { LedgerMessage } from '../projection/ledger-message.ts';
import { MERGE_RETRY_MS } from './drive-merge.ts';
import { messagesOf, type Pending } from './outbox-messages.ts';
import { ENQUEUE_ALL } from './outbox-schema.ts';

/** A queue that does not take messages is asked again after this; nothing is lost meanwhile. */
const RETRY_MS = 10_000;

/** Rows that are read at once. */
const ROWS_PER_ROUND = 50;

/** What a queue takes in one call: a hundred messages, 256 KB. */
const MAX_MESSAGES_PER_SEND = 100;
const MAX_CHARS_PER_SEND = 200_000;

/**
 * When the object's one alarm must ring; null = there is nothing to do. While a merge is open that comes first: what
 * waits to be sent goes out once the merge is over.
 */
export function nextWakeMs(sql: SqlStorage, nowMs: number): number | null {
  if (sql.exec('SELECT 1 FROM merge_out WHERE transfer IS NOT NULL').toArray().length > 0)
    return nowMs + MERGE_RETRY_MS;
  const { due } = sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM outbox').one();
  return due === null ? null : Math.max(nowMs, due);
}

/** Sends what is due and then forgets it: a row may be sent twice, and is never lost. */
export async function drainOutbox(
  { sql }: DurableObjectStorage,
  queue: Pick<Queue<LedgerMessage>, 'sendBatch'>,
  viewerId: string,
  nowMs: number,
): Promise<void> {
  try {
    for (;;) {
      const rows = sql
        .exec<{ id: string; source: Pending['source']; tell: number }>(
          'SELECT id, source, tell FROM outbox WHERE due_at <= ? ORDER BY due_at, id LIMIT ?',
          nowMs,
          ROWS_PER_ROUND,
        )
        .toArray();
      if (rows.length === 0) return;
      for (const batch of batchesOf(rows.flatMap((row) => messagesOf(sql, viewerId, row))))
        await queue.sendBatch(batch);
      sql.exec(
        'DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))',
        JSON.stringify(rows.map(({ id }) => id)),
      );
    }
  } catch (thrown) {
    log('error', 'outbox_kept', { reason: reasonOf(thrown) });
    sql.exec('UPDATE outbox SET due_at = ? WHERE due_at <= ?', nowMs + RETRY_MS, nowMs);
  }
}

/** Puts the viewer's whole history in again, for reports that lost it; answers how many rows wait now. */
export function enqueueAll(sql: SqlStorage): number {
  sql.exec(ENQUEUE_ALL);
  return sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM outbox').one().count;
}

/** Alarms may ring without the name by which the object was called, so it is kept. */
export function keepName(sql: SqlStorage, viewerId: string): void {
  sql.exec('INSERT INTO viewer_name (id, viewer_id) VALUES (1, ?) ON CONFLICT DO NOTHING', viewerId);
}

export function readName(sql: SqlStorage): string | null {
  return sql.exec<{ viewer_id: string }>('SELECT viewer_id FROM viewer_name').toArray()[0]?.viewer_id ?? null;
}

function batchesOf(messages: readonly LedgerMessage[]): { body: LedgerMessage }[][] {
  const batches: { body: LedgerMessage }[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const body of messages) {
    const size = JSON.stringify(body).length;
    let batch = batches.at(-1);
    if (batch === undefined || batch.length === MAX_MESSAGES_PER_SEND || chars + size > MAX_CHARS_PER_SEND) {
      batch = [];
      batches.push(batch);
      chars = 0;
    }
    batch.push({ body });
    chars += size;
  }
  return batches;
}
