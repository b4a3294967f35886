/**
 * What stores know a merged guest by names the viewer that it is part of now. Prepared SQL: the guest's own object does
 * this too, where the call that began the merge broke off.
 */
export async function moveStoreRows(db: D1Database, guest: string, target: string): Promise<void> {
  await db.batch(
    ['store_accounts', 'store_purchases'].map((table) =>
      db.prepare(`UPDATE ${table} SET viewer_id = ?1 WHERE viewer_id = ?2`).bind(target, guest),
    ),
  );
}
