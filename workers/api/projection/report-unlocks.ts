import { MAX_REPORT_ROWS } from '../limits.ts';

export interface UnlockReportRow {
  readonly seriesId: string | null;
  /** null where a row is a whole series. */
  readonly episodeId: string | null;
  readonly method: 'coins' | 'rental' | 'ad' | 'wait';
  readonly unlocks: number;
  readonly coins: number;
  /** Of these, what was given back since. */
  readonly refunded: number;
  readonly refundedCoins: number;
}

/** By when they were unlocked; one row more than is shown, to tell whether there are more. */
export async function reportUnlocks(
  database: D1Database,
  { seriesId, fromMs, toMs, by }: { seriesId: string | null; fromMs: number; toMs: number; by: 'episode' | 'series' },
): Promise<UnlockReportRow[]> {
  const episode = by === 'episode' ? 'episode_id' : 'NULL';
  const { results } = await database
    .prepare(
      `SELECT series_id AS seriesId, ${episode} AS episodeId, method, COUNT(*) AS unlocks, SUM(coins) AS coins,
         SUM(end_kind IS 'refund') AS refunded, SUM(CASE WHEN end_kind IS 'refund' THEN coins ELSE 0 END) AS refundedCoins
       FROM ledger_unlocks
       WHERE created_at >= ?1 AND created_at < ?2 AND end_kind IS NOT 'transfer-out'${seriesId === null ? '' : ' AND series_id = ?3'}
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT ${MAX_REPORT_ROWS + 1}`,
    )
    .bind(...(seriesId === null ? [fromMs, toMs] : [fromMs, toMs, seriesId]))
    .all<UnlockReportRow>();
  return results;
}
