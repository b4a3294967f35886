import { sql } from 'drizzle-orm';
import { quarantinedMessages } from '#shared/db/schema.ts';
import { log } from '#shared/log.ts';
import { isNotErased } from '../db/erased-viewers.ts';
import type { Db } from '../http/context.ts';
import { MAX_FORGOTTEN_PER_SWEEP, QUARANTINE_MEMORY_MS } from '../limits.ts';

/** A text of a row of D1 holds 2 MB; a queue's message 128 KB. */
export async function quarantine(
  db: Db,
  queue: string,
  { id, body, timestamp }: Pick<Message, 'id' | 'body' | 'timestamp'>,
  reason: string,
  viewerHash: string | null = null,
): Promise<void> {
  const text = JSON.stringify(body) ?? 'undefined';
  await db
    .insert(quarantinedMessages)
    // Each column in the order of the schema.
    .select(
      sql`SELECT ${id}, ${queue}, ${text}, ${reason}, ${timestamp.getTime()}, ${viewerHash} WHERE ${isNotErased(viewerHash ?? '')}`,
    )
    .onConflictDoNothing();
  log('error', 'message_quarantined', { queue, messageId: id, reason });
}

export async function forgetQuarantined(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT id FROM quarantined_messages WHERE received_at < ${nowMs - QUARANTINE_MEMORY_MS} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(quarantinedMessages).where(sql`id IN (${old})`);
}
