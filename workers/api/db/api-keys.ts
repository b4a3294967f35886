import { and, asc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { apiKeys } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export type ApiKeyRecord = typeof apiKeys.$inferSelect;

export async function insertApiKey(db: Db, key: typeof apiKeys.$inferInsert): Promise<ApiKeyRecord> {
  return db.insert(apiKeys).values(key).returning().get();
}

/** Keys that were not revoked, the expired included: who wonders why one fails should find it. */
export async function listApiKeys(db: Db, afterId: string, limit: number): Promise<ApiKeyRecord[]> {
  return db
    .select()
    .from(apiKeys)
    .where(and(isNull(apiKeys.revokedAt), gt(apiKeys.id, afterId)))
    .orderBy(asc(apiKeys.id))
    .limit(limit);
}

export async function findApiKey(db: Db, id: string): Promise<ApiKeyRecord | undefined> {
  return db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .get();
}

/**
 * One statement: what opened until now opens until `previousUntil`. Not while an earlier rotation still overlaps, or a
 * backend that has not changed over yet would be shut out; unless the old key is to end at once, which is never late.
 */
export async function rotateApiKey(
  db: Db,
  id: string,
  { secretSha256, previousUntil, nowMs }: { secretSha256: string; previousUntil: number; nowMs: number },
): Promise<ApiKeyRecord | undefined> {
  const isFree = or(isNull(apiKeys.previousUntil), lte(apiKeys.previousUntil, nowMs));
  const rows = await db
    .update(apiKeys)
    .set({ previousSha256: sql`${apiKeys.secretSha256}`, previousUntil, secretSha256 })
    .where(
      and(
        eq(apiKeys.id, id),
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, nowMs)),
        previousUntil <= nowMs ? undefined : isFree,
      ),
    )
    .returning();
  return rows[0];
}

export async function revokeApiKey(db: Db, id: string, nowMs: number): Promise<boolean> {
  const rows = await db
    .update(apiKeys)
    .set({ revokedAt: nowMs })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return rows.length === 1;
}
