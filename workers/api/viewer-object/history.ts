import type { LedgerEntry, PageRequest, UnlockRecord } from '#shared/viewer/rpc.ts';
import { findUnlockById } from './unlocks.ts';

/** Newest first, a page at a time. */
export interface HistoryPage<Item> {
  readonly items: Item[];
  readonly nextSeq: number | null;
}

export function listLedger(sql: SqlStorage, { beforeSeq, limit }: PageRequest): HistoryPage<LedgerEntry> {
  type Row = {
    seq: number;
    id: string;
    kind: LedgerEntry['kind'];
    reference: string | null;
    reason: string | null;
    actor: string | null;
    created_at: number;
    paid: number;
    bonus: number;
    debt: number;
    episodes: string;
  };
  const amount = (account: string): string =>
    `COALESCE((SELECT amount FROM entries WHERE txn_id = t.id AND account_id = '${account}'), 0)`;
  const rows = sql
    .exec<Row>(
      `SELECT t.seq, t.id, t.kind, t.reference, t.reason, t.actor, t.created_at,
         ${amount('wallet:paid')} AS paid, ${amount('wallet:bonus')} AS bonus, ${amount('debt')} AS debt,
         (SELECT json_group_array(episode_id) FROM (SELECT u.episode_id FROM unlocks u
            WHERE u.txn_id = t.id OR u.id IN (SELECT unlock_id FROM unlock_ends WHERE txn_id = t.id)
            ORDER BY u.rowid)) AS episodes
       FROM txns t WHERE t.seq < ? ORDER BY t.seq DESC LIMIT ?`,
      beforeSeq ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    )
    .toArray();
  const items = rows.slice(0, limit).map((row): LedgerEntry => {
    const episodeIds = JSON.parse(row.episodes) as string[];
    return {
      id: row.id,
      kind: row.kind,
      coins: row.paid + row.bonus,
      paid: row.paid,
      bonus: row.bonus,
      debtCoins: row.debt === 0 ? 0 : -row.debt,
      reference: row.reference,
      reason: row.reason,
      actor: row.actor,
      episodeId: episodeIds.length === 1 ? (episodeIds[0] ?? null) : null,
      episodeIds,
      createdAtMs: row.created_at,
    };
  });
  return { items, nextSeq: rows.length > limit ? (rows[limit - 1]?.seq ?? null) : null };
}

/** By the order in which they came into this object; a page may end within a bundle. */
export function listUnlocks(sql: SqlStorage, { beforeSeq, limit }: PageRequest): HistoryPage<UnlockRecord> {
  const rows = sql
    .exec<{ seq: number; id: string }>(
      'SELECT rowid AS seq, id FROM unlocks WHERE rowid < ? ORDER BY rowid DESC LIMIT ?',
      beforeSeq ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    )
    .toArray();
  const items = rows.slice(0, limit).flatMap(({ id }) => findUnlockById(sql, id) ?? []);
  return { items, nextSeq: rows.length > limit ? (rows[limit - 1]?.seq ?? null) : null };
}
