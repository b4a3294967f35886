import { and, desc, gte, lt, sql } from 'drizzle-orm';
import { auditLog } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { AUDIT_MEMORY_MS, MAX_FORGOTTEN_PER_SWEEP } from '../limits.ts';

export type AuditEntry = typeof auditLog.$inferSelect;

export async function insertAuditEntry(db: Db, entry: AuditEntry): Promise<void> {
  await db.insert(auditLog).values(entry);
}

/** The newest first; ids sort by time. */
export async function listAuditEntries(
  db: Db,
  { beforeId, sinceMs, limit }: { beforeId: string | null; sinceMs: number; limit: number },
): Promise<AuditEntry[]> {
  return db
    .select()
    .from(auditLog)
    .where(and(gte(auditLog.createdAt, sinceMs), beforeId === null ? undefined : lt(auditLog.id, beforeId)))
    .orderBy(desc(auditLog.id))
    .limit(limit);
}

export async function forgetOldEntries(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT id FROM audit_log WHERE created_at < ${nowMs - AUDIT_MEMORY_MS} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(auditLog).where(sql`id IN (${old})`);
}
