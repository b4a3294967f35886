import { sql } from 'drizzle-orm';
import { quarantinedMessages } from '#shared/db/schema.ts';
import { log } from '#shared/log.ts';
import type { Db } from '../http/context.ts';
import { MAX_FORGOTTEN_PER_SWEEP, QUARANTINE_MEMORY_MS } from '../limits.ts';

/** A text of a row of D1 holds 2 MB; a queue's message 128 KB. */
export async function quarantine(
  db: Db,
  queue: string,
  { id, body, timestamp }: Pick<Message, 'id' | 'body' | 'timestamp'>,
  reason: string,
): Promise<void> {
  const row = { id, queue, body: JSON.stringify(body) ?? 'undefined', reason, receivedAt: timestamp.getTime() };
  await db.insert(quarantinedMessages).values(row).onConflictDoNothing();
  log('error', 'message_quarantined', { queue, messageId: id, reason });
}

export async function forgetQuarantined(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT id FROM quarantined_messages WHERE received_at < ${nowMs - QUARANTINE_MEMORY_MS} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(quarantinedMessages).where(sql`id IN (${old})`);
}
