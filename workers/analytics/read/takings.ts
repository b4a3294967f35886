/** What the ledger says was taken: the copy of it in D1, seconds behind (docs/decisions/026-outbox.md). */
import { readBinding } from '#shared/binding-call.ts';

export interface MethodTakings {
  readonly method: 'coins' | 'rental' | 'ad' | 'wait';
  readonly unlocks: number;
  readonly viewers: number;
  readonly coins: number;
  /** Of these, what was given back since. */
  readonly refunded: number;
  readonly refundedCoins: number;
}

/** By when it was unlocked; what a merged guest brought along counts once, where it was paid. */
const SELECT_TAKINGS = `
SELECT method, COUNT(*) AS unlocks, COUNT(DISTINCT viewer_hash) AS viewers, SUM(coins) AS coins,
  SUM(end_kind IS 'refund') AS refunded, SUM(iif(end_kind IS 'refund', coins, 0)) AS refundedCoins
FROM ledger_unlocks
WHERE series_id = ?1 AND created_at >= ?2 AND created_at < ?3 AND end_kind IS NOT 'transfer-out'
GROUP BY method ORDER BY method`;

export async function takingsOf(
  db: D1Database,
  seriesId: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<MethodTakings[]> {
  const { results } = await readBinding('catalogue', () =>
    db.prepare(SELECT_TAKINGS).bind(seriesId, fromMs, toMs).all<MethodTakings>(),
  );
  return results;
}

/** What stayed: coins that were given back were not spent. */
export function coinsSpent(takings: readonly MethodTakings[]): number {
  return takings.reduce((sum, { coins, refundedCoins }) => sum + coins - refundedCoins, 0);
}
