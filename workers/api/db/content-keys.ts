import { eq } from 'drizzle-orm';
import { contentKeys, episodes, series } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export type Protection = (typeof series.$inferSelect)['protection'];

/** As the series of the episode has it now. */
export async function findProtection(db: Db, episodeId: string): Promise<Protection> {
  const row = await db
    .select({ protection: series.protection })
    .from(episodes)
    .innerJoin(series, eq(series.id, episodes.seriesId))
    .where(eq(episodes.id, episodeId))
    .get();
  return row?.protection ?? 'none';
}

export async function insertContentKey(db: Db, row: typeof contentKeys.$inferInsert): Promise<void> {
  await db.insert(contentKeys).values(row);
}

/** What the version is encrypted with, if its attempt was given a key. */
export async function findScheme(db: Db, version: string): Promise<'aes-128' | 'cbcs' | null> {
  const row = await db
    .select({ scheme: contentKeys.scheme })
    .from(contentKeys)
    .where(eq(contentKeys.version, version))
    .get();
  return row?.scheme ?? null;
}

/** Also a key server's: a transcoder that copies the version must open it. null: the version is in the clear. */
export async function findSealedKey(
  db: Db,
  version: string,
): Promise<{ readonly scheme: 'aes-128' | 'cbcs'; readonly sealed: string } | null> {
  const row = await db
    .select({ scheme: contentKeys.scheme, sealed: contentKeys.sealed })
    .from(contentKeys)
    .where(eq(contentKeys.version, version))
    .get();
  return row ?? null;
}
