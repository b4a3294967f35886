import { and, asc, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import { apiKeys, revocations, signingKeys } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export type SigningKeyRecord = typeof signingKeys.$inferSelect;

/** false when the kid is taken: a kid names one key for ever. */
export async function insertSigningKey(db: Db, key: typeof signingKeys.$inferInsert): Promise<boolean> {
  return (
    (await db.insert(signingKeys).values(key).onConflictDoNothing().returning({ kid: signingKeys.kid })).length === 1
  );
}

export async function listLiveSigningKeys(db: Db): Promise<SigningKeyRecord[]> {
  return db.select().from(signingKeys).where(isNull(signingKeys.revokedAt)).orderBy(asc(signingKeys.createdAt));
}

/** The newest pair that is ours to sign with. */
export async function findOwnSigningKey(db: Db): Promise<SigningKeyRecord | undefined> {
  return db
    .select()
    .from(signingKeys)
    .where(and(isNotNull(signingKeys.privateJwkSealed), isNull(signingKeys.revokedAt)))
    .orderBy(desc(signingKeys.createdAt))
    .limit(1)
    .get();
}

export async function revokeSigningKey(db: Db, kid: string, nowMs: number): Promise<boolean> {
  const rows = await db
    .update(signingKeys)
    .set({ revokedAt: nowMs, privateJwkSealed: null })
    .where(and(eq(signingKeys.kid, kid), isNull(signingKeys.revokedAt)))
    .returning({ kid: signingKeys.kid });
  return rows.length === 1;
}

export async function insertApiKey(db: Db, key: typeof apiKeys.$inferInsert): Promise<void> {
  await db.insert(apiKeys).values(key);
}

export async function listApiKeys(db: Db): Promise<(typeof apiKeys.$inferSelect)[]> {
  return db.select().from(apiKeys).where(isNull(apiKeys.revokedAt)).orderBy(asc(apiKeys.id));
}

export async function revokeApiKey(db: Db, id: string, nowMs: number): Promise<boolean> {
  const rows = await db
    .update(apiKeys)
    .set({ revokedAt: nowMs })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return rows.length === 1;
}

export async function forgetRevocations(db: Db, beforeMs: number): Promise<void> {
  await db.delete(revocations).where(lt(revocations.revokedAt, beforeMs));
}
