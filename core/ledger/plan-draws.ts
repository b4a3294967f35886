import { err, ok, type Result } from '../result.ts';

export type CoinKind = 'paid' | 'bonus';

/** Coins that came in together and lapse together. */
export interface Lot {
  readonly id: string;
  readonly kind: CoinKind;
  readonly remaining: number;
  readonly expiresAtMs: number | null;
  /** Order of arrival within the wallet. */
  readonly seq: number;
}

export interface Draw {
  readonly lotId: string;
  readonly kind: CoinKind;
  readonly coins: number;
}

/**
 * Which lots pay a price: bonus before paid, then what expires first, then what came first, so that a viewer loses as
 * few coins to expiry as possible and keeps bought ones longest.
 */
export function planDraws(
  lots: readonly Lot[],
  coins: number,
  nowMs: number,
): Result<readonly Draw[], { readonly balance: number }> {
  const usable = lots.filter((lot) => lot.remaining > 0 && !isLapsed(lot, nowMs)).toSorted(spendOrder);
  const draws: Draw[] = [];
  let due = coins;
  for (const lot of usable) {
    if (due === 0) break;
    const taken = Math.min(due, lot.remaining);
    draws.push({ lotId: lot.id, kind: lot.kind, coins: taken });
    due -= taken;
  }
  return due === 0 ? ok(draws) : err({ balance: coins - due });
}

/** A lot that expires at t cannot be used at t. */
export function isLapsed(lot: Pick<Lot, 'expiresAtMs'>, nowMs: number): boolean {
  return lot.expiresAtMs !== null && lot.expiresAtMs <= nowMs;
}

function spendOrder(a: Lot, b: Lot): number {
  if (a.kind !== b.kind) return a.kind === 'bonus' ? -1 : 1;
  const expiry = (a.expiresAtMs ?? Number.POSITIVE_INFINITY) - (b.expiresAtMs ?? Number.POSITIVE_INFINITY);
  return Number.isNaN(expiry) || expiry === 0 ? a.seq - b.seq : expiry;
}
