import { log, reasonOf } from '#shared/log.ts';
import type { LedgerMessage } from '../projection/ledger-message.ts';
import { MERGE_RETRY_MS } from './drive-merge.ts';
import { messagesOf, type Pending } from './outbox-messages.ts';
import { ENQUEUE_ALL } from './outbox-schema.ts';

/** A queue that does not take messages is asked again after this; nothing is lost meanwhile. */
const RETRY_MS = 10_000;

/**
 * A row that fails again and again is asked for twice as late each time, up to this: somebody has to look at it, or the
 * queue was away for long, and reports are not to be late for longer than this once it is back.
 */
const MAX_RETRY_MS = 300_000;

/** So many calls of one round fail before the queue itself is taken to be away. */
const MAX_FAILED_SENDS = 5;

/** Rows that are read at once. */
const ROWS_PER_ROUND = 50;

/** What a queue takes in one call: a hundred messages, 256 KB. */
const MAX_MESSAGES_PER_SEND = 100;
const MAX_CHARS_PER_SEND = 200_000;

/**
 * When the object's one alarm must ring; null = there is nothing to do. While a merge is open that comes first: what
 * waits to be sent goes out once the merge is over. Its times are counted from its beginning, so that calls, each of
 * which sets the alarm, never push it away.
 */
export function nextWakeMs(sql: SqlStorage, nowMs: number): number | null {
  const [merge] = sql
    .exec<{ begunMs: number }>('SELECT created_at AS begunMs FROM merge_out WHERE transfer IS NOT NULL')
    .toArray();
  if (merge) return merge.begunMs + (Math.floor((nowMs - merge.begunMs) / MERGE_RETRY_MS) + 1) * MERGE_RETRY_MS;
  const { due } = sql.exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM outbox').one();
  return due === null ? null : Math.max(nowMs, due);
}

interface Row extends Pending {
  readonly attempts: number;
}

type Sender = Pick<Queue<LedgerMessage>, 'sendBatch'>;

/**
 * Sends what is due and then forgets it: a row may be sent twice, and is never lost. One that cannot be sent comes again
 * by itself, later each time, and holds up no other.
 */
export async function drainOutbox(
  { sql }: DurableObjectStorage,
  queue: Sender,
  viewerId: string,
  nowMs: number,
): Promise<void> {
  for (let failures = 0; failures < MAX_FAILED_SENDS;) {
    const rows = dueRows(sql, nowMs);
    if (rows.length === 0) return;
    const thrown = await send(sql, queue, viewerId, rows);
    if (thrown === null) {
      sql.exec('DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))', idsOf(rows));
      continue;
    }
    failures++;
    putOff(sql, rows, nowMs);
    log('error', 'outbox_kept', {
      rows: rows.length,
      attempts: (rows[0]?.attempts ?? 0) + 1,
      reason: reasonOf(thrown),
    });
  }
  // The queue takes nothing: whatever else is due waits too, and is not to blame.
  sql.exec('UPDATE outbox SET due_at = ? WHERE due_at <= ?', nowMs + RETRY_MS, nowMs);
}

/** What failed before goes alone, and after all that did not. */
function dueRows(sql: SqlStorage, nowMs: number): Row[] {
  type Columns = { id: string; source: Pending['source']; tell: number; attempts: number };
  const rows = sql
    .exec<Columns>(
      'SELECT id, source, tell, attempts FROM outbox WHERE due_at <= ? ORDER BY attempts, due_at, id LIMIT ?',
      nowMs,
      ROWS_PER_ROUND,
    )
    .toArray();
  const fresh = rows.filter(({ attempts }) => attempts === 0);
  return fresh.length > 0 ? fresh : rows.slice(0, 1);
}

/** What went wrong; null when all was sent. */
async function send(sql: SqlStorage, queue: Sender, viewerId: string, rows: readonly Row[]): Promise<unknown> {
  try {
    for (const batch of batchesOf(rows.flatMap((row) => messagesOf(sql, viewerId, row)))) await queue.sendBatch(batch);
    return null;
  } catch (thrown) {
    return thrown ?? new Error('nothing was said');
  }
}

/** Rows that failed together are tried one by one after the usual time: most of them are not to blame. */
function putOff(sql: SqlStorage, rows: readonly Row[], nowMs: number): void {
  const attempts = rows[0]?.attempts ?? 0;
  const waitMs = Math.min(RETRY_MS * 2 ** attempts, MAX_RETRY_MS);
  sql.exec(
    'UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id IN (SELECT value FROM json_each(?))',
    nowMs + waitMs,
    idsOf(rows),
  );
}

function idsOf(rows: readonly Row[]): string {
  return JSON.stringify(rows.map(({ id }) => id));
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
