import { eq, inArray } from 'drizzle-orm';
import { passRevocations, revocations, storeAccounts, storePurchases } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export async function exportViewerRows(db: Db, viewerId: string, viewerHash: string) {
  const [accounts, purchases, tokens, passes] = await Promise.all([
    db.select().from(storeAccounts).where(eq(storeAccounts.viewerId, viewerId)),
    db.select().from(storePurchases).where(eq(storePurchases.viewerId, viewerId)),
    db.select().from(revocations).where(eq(revocations.viewerHash, viewerHash)),
    db.select().from(passRevocations).where(eq(passRevocations.viewerHash, viewerHash)),
  ]);
  // A purchase that is parked may have the account's token and no viewer yet.
  const parked = await db
    .select()
    .from(storePurchases)
    .where(
      inArray(
        storePurchases.accountToken,
        accounts.map(({ token }) => token),
      ),
    );
  const purchasesById = new Map([...purchases, ...parked].map((purchase) => [purchase.id, purchase]));
  return {
    storeAccounts: accounts,
    storePurchases: [...purchasesById.values()],
    revocations: tokens,
    passRevocations: passes,
  };
}

/**
 * Takes the viewer out of what stays. Payments must stay, as stores speak of them for years: they go to a pseudonym that
 * has an object of its own, so that a late word of a store finds somebody and changes nobody.
 */
export async function forgetViewerRows(database: D1Database, viewerId: string, pseudonym: string): Promise<void> {
  const names = "key IN ('viewerId', 'from', 'into') AND atom = ?1";
  await database.batch([
    ...[
      `UPDATE store_purchases SET account_token = NULL
         WHERE account_token IN (SELECT token FROM store_accounts WHERE viewer_id = ?1)`,
      'DELETE FROM store_accounts WHERE viewer_id = ?1',
      `DELETE FROM webhook_events WHERE EXISTS (SELECT 1 FROM json_tree(payload) WHERE ${names})`,
      `DELETE FROM idempotent_requests WHERE json_valid(body) AND EXISTS (SELECT 1 FROM json_tree(body) WHERE ${names})`,
    ].map((statement) => database.prepare(statement).bind(viewerId)),
    database
      .prepare('UPDATE store_purchases SET viewer_id = ?2, account_token = NULL WHERE viewer_id = ?1')
      .bind(viewerId, pseudonym),
  ]);
}
