/** Reports go on counting what an erased viewer did, under a name that nothing leads back from, and without payments. */
export async function forgetProjected(db: D1Database, viewerHash: string, pseudonym: string): Promise<void> {
  await db.batch([
    db
      .prepare('UPDATE ledger_txns SET viewer_hash = ?2, reference = NULL WHERE viewer_hash = ?1')
      .bind(viewerHash, pseudonym),
    db.prepare('UPDATE ledger_unlocks SET viewer_hash = ?2 WHERE viewer_hash = ?1').bind(viewerHash, pseudonym),
  ]);
}
