import { isLapsed, type CoinKind, type Draw, type Lot } from '#core/ledger/plan-draws.ts';
import type { WalletReply } from '#shared/viewer/rpc.ts';
import { makeId, openTxn, postDraws, postEntries, seal } from './posting.ts';

/** Coins that came in together, and what of them is about to go out again in the same breath. */
export interface NewLot {
  readonly id?: string;
  readonly kind: CoinKind;
  readonly coins: number;
  readonly expiresAtMs: number | null;
  readonly reference: string | null;
}

export function insertLot(sql: SqlStorage, txnId: string, lot: NewLot, nowMs: number): string {
  const id = lot.id ?? makeId('lot', nowMs);
  sql.exec(
    'INSERT INTO lots (id, seq, kind, amount, remaining, expires_at, reference, txn_id) VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM lots), ?, ?, ?, ?, ?, ?)',
    id,
    lot.kind,
    lot.coins,
    lot.coins,
    lot.expiresAtMs,
    lot.reference,
    txnId,
  );
  return id;
}

/** Lots that still hold coins, in order of arrival. */
export function readLots(sql: SqlStorage): Lot[] {
  type Row = { id: string; seq: number; kind: CoinKind; remaining: number; expires_at: number | null };
  const rows = sql.exec<Row>('SELECT id, seq, kind, remaining, expires_at FROM lots WHERE remaining > 0 ORDER BY seq');
  return rows.toArray().map(({ expires_at: expiresAtMs, ...lot }) => ({ ...lot, expiresAtMs }));
}

/** Moves what expired out of the wallet, one transaction a lot, so that balances never include coins that cannot be spent. */
export function lapseLots(sql: SqlStorage, nowMs: number): void {
  for (const lot of readLots(sql)) {
    if (!isLapsed(lot, nowMs)) continue;
    // No key: a refund may fill a lot again while a caller's clock is behind, and then it lapses again.
    const txnId = openTxn(sql, { kind: 'lapse', nowMs });
    postEntries(sql, txnId, { [`wallet:${lot.kind}`]: -lot.remaining, 'system:lapsed': lot.remaining });
    postDraws(sql, txnId, [{ lotId: lot.id, coins: lot.remaining }]);
    seal(sql, txnId, {});
  }
}

/** `less`: draws that follow in the same call, which the wallet that is answered must not show any more. */
export function readWallet(sql: SqlStorage, nowMs: number, less: Settlement = NOTHING_SETTLED): WalletReply {
  const taken = new Map<string, number>();
  for (const { lotId, coins } of [...less.repaid, ...less.taken]) taken.set(lotId, (taken.get(lotId) ?? 0) + coins);
  const lots = readLots(sql)
    .filter((lot) => !isLapsed(lot, nowMs))
    .map(({ id, kind, remaining, expiresAtMs }) => ({ kind, remaining: remaining - (taken.get(id) ?? 0), expiresAtMs }))
    .filter(({ remaining }) => remaining > 0);
  const total = (kind: CoinKind): number => lots.reduce((sum, lot) => sum + (lot.kind === kind ? lot.remaining : 0), 0);
  const paid = total('paid');
  const bonus = total('bonus');
  const debtCoins = readDebt(sql) - coinsOf(less.repaid);
  return { coins: paid + bonus, paid, bonus, lots, debtCoins, mergedInto: readMergedInto(sql) };
}

export function readDebt(sql: SqlStorage): number {
  return 0 - sql.exec<{ balance: number }>("SELECT balance FROM accounts WHERE id = 'debt'").one().balance;
}

export function readMergedInto(sql: SqlStorage): string | null {
  return sql.exec<{ target: string }>('SELECT target FROM merge_out').toArray()[0]?.target ?? null;
}

export function coinsOf(
  draws: readonly { readonly kind: CoinKind; readonly coins: number }[],
  kind?: CoinKind,
): number {
  return draws.reduce((total, draw) => total + (kind === undefined || draw.kind === kind ? draw.coins : 0), 0);
}

/** What becomes of coins that came in: some pay a debt back, some were the operator's loss and are taken again. */
export interface Settlement {
  readonly repaid: readonly Draw[];
  readonly taken: readonly Draw[];
}

export const NOTHING_SETTLED: Settlement = { repaid: [], taken: [] };
