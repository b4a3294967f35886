import { and, asc, eq, gt, inArray, isNotNull, isNull, lt, lte, notInArray, or, sql } from 'drizzle-orm';
import type { NamedJwk } from '#core/token/jwks.ts';
import {
  CLOCK_SKEW_SECONDS,
  KEY_SOURCE_COOLDOWN_MS,
  KEY_SOURCE_LEASE_MS,
  KEY_SOURCE_REFRESH_MS,
  KEY_SOURCE_RETRY_MS,
  MAX_BACKEND_KEYS,
  MAX_KEY_SOURCES,
  MAX_TOKEN_TTL_SECONDS,
} from '#core/token/limits.ts';
import { signingKeys, signingKeySources } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import type { SigningKeyRecord } from './keys.ts';

export type KeySourceRecord = typeof signingKeySources.$inferSelect;

/** One statement, so that of two that come at once the fifth source is refused. */
export async function insertKeySource(db: Db, source: KeySourceRecord): Promise<'stored' | 'taken' | 'full'> {
  const rows = await db.all(sql`
    INSERT INTO signing_key_sources (id, url, asked_at, fetched_at, failure, created_at)
    SELECT ${source.id}, ${source.url}, ${source.askedAt}, ${source.fetchedAt}, ${source.failure}, ${source.createdAt}
    WHERE (SELECT COUNT(*) FROM signing_key_sources) < ${MAX_KEY_SOURCES}
    ON CONFLICT DO NOTHING RETURNING id`);
  if (rows.length === 1) return 'stored';
  const taken = await db.select().from(signingKeySources).where(eq(signingKeySources.url, source.url)).get();
  return taken === undefined ? 'full' : 'taken';
}

export async function listKeySources(db: Db): Promise<KeySourceRecord[]> {
  return db.select().from(signingKeySources).orderBy(asc(signingKeySources.createdAt));
}

/**
 * Takes the turn to ask sources: of all isolates that want one refreshed, the one whose update changes the row asks it.
 * `due` is what the clock wants; `cooled` is what an unknown key id may have at most.
 */
export async function takeTurns(db: Db, which: 'due' | 'cooled', nowMs: number): Promise<KeySourceRecord[]> {
  const { askedAt, failure } = signingKeySources;
  const due = or(
    lte(askedAt, nowMs - KEY_SOURCE_REFRESH_MS),
    and(isNotNull(failure), lte(askedAt, nowMs - KEY_SOURCE_RETRY_MS)),
  );
  const cooled = lte(askedAt, nowMs - KEY_SOURCE_COOLDOWN_MS);
  return db
    .update(signingKeySources)
    .set({ askedAt: nowMs })
    .where(which === 'due' ? due : cooled)
    .returning();
}

export async function listSourceKeys(db: Db, sourceId: string): Promise<SigningKeyRecord[]> {
  return db.select().from(signingKeys).where(eq(signingKeys.sourceId, sourceId));
}

/** Of these kids, those that name a key, live or not. */
export async function listTakenKids(db: Db, kids: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ kid: signingKeys.kid })
    .from(signingKeys)
    .where(inArray(signingKeys.kid, [...kids]));
  return rows.map(({ kid }) => kid);
}

export async function recordFailure(db: Db, sourceId: string, failure: string): Promise<void> {
  await db.update(signingKeySources).set({ failure }).where(eq(signingKeySources.id, sourceId));
}

/**
 * What a source names now verifies for an hour; what it names no longer ends now. All or nothing. A key whose kid is
 * another's, or was revoked, or for which there is no room, is not taken. Answers the kids that verify.
 */
export async function storeSourceKeys(
  db: Db,
  sourceId: string,
  keys: readonly NamedJwk[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const vanished = db
    .update(signingKeys)
    .set({ retireAt: nowMs })
    .where(
      and(
        eq(signingKeys.sourceId, sourceId),
        gt(signingKeys.retireAt, nowMs),
        notInArray(
          signingKeys.kid,
          keys.map(({ kid }) => kid),
        ),
      ),
    );
  const fetched = db
    .update(signingKeySources)
    .set({ fetchedAt: nowMs, failure: null })
    .where(eq(signingKeySources.id, sourceId));
  await db.batch([vanished, ...keys.map((key) => upsert(db, sourceId, key, nowMs)), fetched]);
  const rows = await listSourceKeys(db, sourceId);
  return new Set(rows.filter((row) => isLive(row, nowMs)).map(({ kid }) => kid));
}

export function isLive(key: SigningKeyRecord, nowMs: number): boolean {
  return key.revokedAt === null && (key.retireAt === null || key.retireAt > nowMs);
}

/** A key that has ended and only has the clocks' skew left makes room: a source may change all four at once. */
function upsert(db: Db, sourceId: string, { kid, alg, members }: NamedJwk, nowMs: number) {
  const publicJwk = JSON.stringify({ ...members, kid, alg, use: 'sig' });
  const live = sql`revoked_at IS NULL AND private_jwk_sealed IS NULL AND (retire_at IS NULL OR retire_at > ${nowMs})`;
  return db
    .insert(signingKeys)
    .select(
      // Every column, in the order of the schema.
      sql`SELECT ${kid}, ${alg}, ${publicJwk}, NULL, ${nowMs}, NULL, ${nowMs + KEY_SOURCE_LEASE_MS}, ${sourceId}
      WHERE EXISTS (SELECT 1 FROM signing_key_sources WHERE id = ${sourceId})
        AND (SELECT COUNT(*) FROM signing_keys WHERE ${live} AND kid <> ${kid}) < ${MAX_BACKEND_KEYS}`,
    )
    .onConflictDoUpdate({
      target: signingKeys.kid,
      set: { retireAt: sql`excluded.retire_at` },
      setWhere: sql`signing_keys.source_id = excluded.source_id AND signing_keys.public_jwk = excluded.public_jwk
        AND signing_keys.revoked_at IS NULL`,
    });
}

/** Its keys go with it, at once; those that were revoked stay, so that no later source brings them back. */
export async function deleteKeySource(db: Db, id: string): Promise<boolean> {
  const ofSource = eq(signingKeys.sourceId, id);
  const [, , gone] = await db.batch([
    db
      .update(signingKeys)
      .set({ sourceId: null })
      .where(and(ofSource, isNotNull(signingKeys.revokedAt))),
    db.delete(signingKeys).where(ofSource),
    db.delete(signingKeySources).where(eq(signingKeySources.id, id)).returning({ id: signingKeySources.id }),
  ]);
  return gone.length === 1;
}

/** A source may name new keys for years; those that ended so long ago that no token of theirs is alive are forgotten. */
export async function forgetSourceKeys(db: Db, nowMs: number): Promise<void> {
  const endedBefore = nowMs - (MAX_TOKEN_TTL_SECONDS + CLOCK_SKEW_SECONDS) * 1_000;
  await db
    .delete(signingKeys)
    .where(and(isNotNull(signingKeys.sourceId), isNull(signingKeys.revokedAt), lt(signingKeys.retireAt, endedBefore)));
}
