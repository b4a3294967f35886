import { asc, eq } from 'drizzle-orm';
import { ledgerTxns } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

/** Every transaction that the viewer's object has told reports of. */
export async function listToldTxns(db: Db, viewerHash: string): Promise<(typeof ledgerTxns.$inferSelect)[]> {
  return db.select().from(ledgerTxns).where(eq(ledgerTxns.viewerHash, viewerHash)).orderBy(asc(ledgerTxns.createdAt));
}
