/**
 * What stores know a merged guest by names the viewer that it is part of now. Prepared SQL: the guest's own object does
 * this too, where the call that began the merge broke off.
 */
export async function moveStoreRows(db: D1Database, guest: string, target: string): Promise<void> {
  await db.batch(
    [
      'UPDATE store_accounts SET viewer_id = ?1 WHERE viewer_id = ?2',
      // Whoever has read a row for the guest must read it again before writing.
      'UPDATE store_purchases SET viewer_id = ?1, version = version + 1 WHERE viewer_id = ?2',
    ].map((statement) => db.prepare(statement).bind(target, guest)),
  );
}
