import { and, asc, desc, eq, gt, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { CLOCK_SKEW_SECONDS, MAX_BACKEND_KEYS } from '#core/token/limits.ts';
import { passRevocations, revocations, signingKeys } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

const SKEW_MS = CLOCK_SKEW_SECONDS * 1_000;

export type SigningKeyRecord = typeof signingKeys.$inferSelect;

/** false when the kid is taken: a kid names one key for ever. */
export async function insertSigningKey(db: Db, key: typeof signingKeys.$inferInsert): Promise<boolean> {
  return (
    (await db.insert(signingKeys).values(key).onConflictDoNothing().returning({ kid: signingKeys.kid })).length === 1
  );
}

/**
 * Stores a backend's key unless the kid is taken or as many as may be are live; one statement, so that of two that come
 * at once the fifth is refused. Our own pair does not count.
 */
export async function insertBackendKey(
  db: Db,
  key: { kid: string; alg: SigningKeyRecord['alg']; publicJwk: object; createdAt: number; retireAt: number | null },
): Promise<'stored' | 'taken' | 'full'> {
  const live = sql`revoked_at IS NULL AND private_jwk_sealed IS NULL AND (retire_at IS NULL OR retire_at > ${key.createdAt - SKEW_MS})`;
  const rows = await db.all(sql`
    INSERT INTO signing_keys (kid, alg, public_jwk, created_at, retire_at)
    SELECT ${key.kid}, ${key.alg}, ${JSON.stringify(key.publicJwk)}, ${key.createdAt}, ${key.retireAt}
    WHERE (SELECT COUNT(*) FROM signing_keys WHERE ${live}) < ${MAX_BACKEND_KEYS}
    ON CONFLICT DO NOTHING RETURNING kid`);
  if (rows.length === 1) return 'stored';
  const taken = await db.select().from(signingKeys).where(eq(signingKeys.kid, key.kid)).get();
  return taken === undefined ? 'full' : 'taken';
}

/** Keys that still verify. */
export async function listLiveSigningKeys(db: Db, nowMs: number): Promise<SigningKeyRecord[]> {
  return db
    .select()
    .from(signingKeys)
    .where(and(isNull(signingKeys.revokedAt), verifiesAt(nowMs)))
    .orderBy(asc(signingKeys.createdAt));
}

function verifiesAt(nowMs: number) {
  return or(isNull(signingKeys.retireAt), gt(signingKeys.retireAt, nowMs - SKEW_MS));
}

/** The newest pair that is ours to sign with; one that is to retire signs no more. */
export async function findOwnSigningKey(db: Db): Promise<SigningKeyRecord | undefined> {
  return db
    .select()
    .from(signingKeys)
    .where(and(isNotNull(signingKeys.privateJwkSealed), isNull(signingKeys.revokedAt), isNull(signingKeys.retireAt)))
    .orderBy(desc(signingKeys.createdAt))
    .limit(1)
    .get();
}

export async function findSigningKey(db: Db, kid: string): Promise<SigningKeyRecord | undefined> {
  return db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get();
}

/** Only while it verifies: a key that has retired does not come back beside the four that may be live. */
export async function retireSigningKey(
  db: Db,
  kid: string,
  retireAt: number | null,
  { nowMs, seen }: { readonly nowMs: number; readonly seen: SigningKeyRecord | null },
): Promise<SigningKeyRecord | undefined> {
  const rows = await db
    .update(signingKeys)
    .set({ retireAt })
    .where(
      and(
        eq(signingKeys.kid, kid),
        isNull(signingKeys.sourceId),
        isNull(signingKeys.revokedAt),
        verifiesAt(nowMs),
        asSeen(seen),
      ),
    )
    .returning();
  return rows[0];
}

/** What a key is changes in its end only, so that is its version. null: as it may be. */
function asSeen(seen: SigningKeyRecord | null) {
  return seen === null ? undefined : sql`${signingKeys.retireAt} IS ${seen.retireAt}`;
}

export async function revokeSigningKey(
  db: Db,
  kid: string,
  { nowMs, seen }: { readonly nowMs: number; readonly seen: SigningKeyRecord | null },
): Promise<boolean> {
  const rows = await db
    .update(signingKeys)
    .set({ revokedAt: nowMs, privateJwkSealed: null })
    .where(and(eq(signingKeys.kid, kid), isNull(signingKeys.revokedAt), asSeen(seen)))
    .returning({ kid: signingKeys.kid });
  return rows.length === 1;
}

export async function forgetRevocations(db: Db, beforeMs: number): Promise<void> {
  await db.delete(revocations).where(lt(revocations.revokedAt, beforeMs));
  await db.delete(passRevocations).where(lt(passRevocations.revokedAt, beforeMs));
}
