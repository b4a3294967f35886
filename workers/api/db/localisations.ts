import { and, eq } from 'drizzle-orm';
import { localisations } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { nextUpdate } from './next-update.ts';

export type LocalisationRecord = typeof localisations.$inferSelect;
/** What is said in another language. */
export type Localised = Pick<LocalisationRecord, 'scope' | 'scopeId'>;

const of = ({ scope, scopeId }: Localised) => and(eq(localisations.scope, scope), eq(localisations.scopeId, scopeId));

/** undefined when it is no longer at the version that the caller insists on; `updated_at` is the version. */
export async function storeLocalisation(
  db: Db,
  row: LocalisationRecord,
  version: number | null,
): Promise<LocalisationRecord | undefined> {
  const { title, synopsis } = row;
  const set = { title, synopsis, updatedAt: nextUpdate(localisations.updatedAt, row.updatedAt) };
  const target = [localisations.scope, localisations.scopeId, localisations.language];
  const [stored] =
    version === null
      ? await db.insert(localisations).values(row).onConflictDoUpdate({ target, set }).returning()
      : await db
          .update(localisations)
          .set(set)
          .where(at(row, row.language, version))
          .returning();
  return stored;
}

function at(localised: Localised, language: string, version: number | null) {
  const isSame = version === null ? undefined : eq(localisations.updatedAt, version);
  return and(of(localised), eq(localisations.language, language), isSame);
}

export async function listLocalisations(db: Db, localised: Localised): Promise<LocalisationRecord[]> {
  return db.select().from(localisations).where(of(localised)).orderBy(localisations.language);
}

export async function deleteLocalisation(
  db: Db,
  localised: Localised,
  language: string,
  version: number | null,
): Promise<boolean> {
  const rows = await db
    .delete(localisations)
    .where(at(localised, language, version))
    .returning({ language: localisations.language });
  return rows.length === 1;
}
