import { eq, inArray } from 'drizzle-orm';
import { passRevocations, revocations, storeAccounts, storePurchases } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { REMEMBER_ERASED } from './erased-viewers.ts';

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

interface Forgotten {
  readonly viewerId: string;
  readonly viewerHash: string;
  /** Who has the viewer's payments from now on. */
  readonly pseudonym: string;
  /** Until when nothing of the viewer is taken in again. */
  readonly untilMs: number;
}

/** Of rows from before they had a hash; the index has them apart, and in a fortnight there are none. */
const UNHASHED_EVENTS = `viewer_hash IS NULL AND type IN ('viewer.unlocked', 'viewer.refunded', 'wallet.credited')
  AND payload ->> '$.data.viewerId' = ?1`;

/** What is no message of ours may name the viewer anywhere. */
const UNHASHED_MESSAGES = 'viewer_hash IS NULL AND instr(body, json_quote(?1)) > 0';

/**
 * Takes the viewer out of what stays. Payments must stay, as stores speak of them for years: they go to a pseudonym that
 * has an object of its own, so that a late word of a store finds somebody and changes nobody. Their version moves, so
 * that whoever has read them does not write the viewer back.
 */
export async function forgetViewerRows(database: D1Database, forgotten: Forgotten): Promise<void> {
  const { viewerId, viewerHash, pseudonym, untilMs } = forgotten;
  const names = "key IN ('viewerId', 'from', 'into') AND atom = ?1";
  const run = (statement: string, ...values: (string | number)[]) => database.prepare(statement).bind(...values);
  await database.batch([
    run(REMEMBER_ERASED, viewerHash, untilMs),
    run(
      `UPDATE store_purchases SET account_token = NULL, version = version + 1
         WHERE account_token IN (SELECT token FROM store_accounts WHERE viewer_id = ?1)`,
      viewerId,
    ),
    run('DELETE FROM store_accounts WHERE viewer_id = ?1', viewerId),
    run('DELETE FROM webhook_events WHERE viewer_hash = ?1', viewerHash),
    run(`DELETE FROM webhook_events WHERE ${UNHASHED_EVENTS}`, viewerId),
    run('DELETE FROM quarantined_messages WHERE viewer_hash = ?1', viewerHash),
    run(`DELETE FROM quarantined_messages WHERE ${UNHASHED_MESSAGES}`, viewerId),
    run(
      `DELETE FROM idempotent_requests WHERE json_valid(body) AND EXISTS (SELECT 1 FROM json_tree(body) WHERE ${names})`,
      viewerId,
    ),
    run(
      'UPDATE store_purchases SET viewer_id = ?2, account_token = NULL, version = version + 1 WHERE viewer_id = ?1',
      viewerId,
      pseudonym,
    ),
  ]);
}
