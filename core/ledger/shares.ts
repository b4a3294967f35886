import type { Draw } from './plan-draws.ts';

/** The coins that one lot gave for one unlock: what a refund gives back, and to whom. */
export interface Share {
  readonly unlockId: string;
  readonly lotId: string;
  readonly coins: number;
}

/**
 * A price in whole coins over parts of so much weight each: exact in sum, and no part is off by a coin or more. What
 * does not divide goes to the largest remainders, the first of equals.
 */
export function splitCoins(coins: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (total === 0 ? 0 : BigInt(coins) * BigInt(weight)));
  const parts = exact.map((product) => (total === 0 ? 0 : Number(BigInt(product) / BigInt(total))));
  const remainders = exact.map((product, index) => ({
    index,
    remainder: total === 0 ? 0 : Number(BigInt(product) % BigInt(total)),
  }));
  let left = coins - parts.reduce((sum, part) => sum + part, 0);
  for (const { index } of remainders.toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left--;
  }
  return parts;
}

/** Which draw pays which unlock, in order: the first draws pay the first unlocks. Both must come to the same sum. */
export function assignShares(
  draws: readonly Draw[],
  unlocks: readonly { readonly id: string; readonly coins: number }[],
): Share[] {
  const shares: Share[] = [];
  const left = draws.map(({ lotId, coins }) => ({ lotId, coins }));
  let at = 0;
  for (const { id, coins } of unlocks) {
    for (let due = coins; due > 0;) {
      const draw = left[at];
      if (draw === undefined) throw new Error('the draws do not pay the unlocks');
      const taken = Math.min(due, draw.coins);
      if (taken > 0) shares.push({ unlockId: id, lotId: draw.lotId, coins: taken });
      draw.coins -= taken;
      due -= taken;
      if (draw.coins === 0) at++;
    }
  }
  return shares;
}
