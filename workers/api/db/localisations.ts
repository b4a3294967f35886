import { and, eq } from 'drizzle-orm';
import { localisations } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export type LocalisationRecord = typeof localisations.$inferSelect;
/** What is said in another language. */
export type Localised = Pick<LocalisationRecord, 'scope' | 'scopeId'>;

const of = ({ scope, scopeId }: Localised) => and(eq(localisations.scope, scope), eq(localisations.scopeId, scopeId));

export async function storeLocalisation(db: Db, row: LocalisationRecord): Promise<void> {
  const { title, synopsis, updatedAt } = row;
  await db
    .insert(localisations)
    .values(row)
    .onConflictDoUpdate({
      target: [localisations.scope, localisations.scopeId, localisations.language],
      set: { title, synopsis, updatedAt },
    });
}

export async function listLocalisations(db: Db, localised: Localised): Promise<LocalisationRecord[]> {
  return db.select().from(localisations).where(of(localised)).orderBy(localisations.language);
}

export async function deleteLocalisation(db: Db, localised: Localised, language: string): Promise<boolean> {
  const rows = await db
    .delete(localisations)
    .where(and(of(localised), eq(localisations.language, language)))
    .returning({ language: localisations.language });
  return rows.length === 1;
}
