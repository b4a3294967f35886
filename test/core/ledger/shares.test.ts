import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planArrival, type LeavingLot, type LeavingUnlock } from '#core/ledger/plan-merge.ts';
import { refundExpiresAtMs } from '#core/ledger/refunds.ts';
import { assignShares, splitCoins } from '#core/ledger/shares.ts';

const DAY_MS = 86_400_000;

describe('a price that is shared out', () => {
  test.each([
    [17, [7, 7, 7], [6, 6, 5]],
    [24, [10, 10, 10], [8, 8, 8]],
    [1, [1, 1], [1, 0]],
    [10, [1, 99], [0, 10]],
    [0, [1, 2], [0, 0]],
  ])('of %i over %j is %j', (coins, weights, parts) => {
    expect(splitCoins(coins, weights)).toEqual(parts);
  });

  test('is whole coins, exact in sum and never a coin off, also where products pass 2^53', () => {
    const anyWeights = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), anyWeights, (coins, weights) => {
        const parts = splitCoins(coins, weights);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(coins);
        for (const [index, part] of parts.entries()) {
          expect(Math.abs(part - (coins * (weights[index] ?? 0)) / total)).toBeLessThan(1.000_1);
        }
      }),
    );
  });

  test('names for each unlock the lots that paid it, every coin once', () => {
    const draws = [
      { lotId: 'a', kind: 'bonus', coins: 9 },
      { lotId: 'b', kind: 'paid', coins: 8 },
    ] as const;
    const unlocks = [6, 6, 5].map((coins, index) => ({ id: `u${index}`, coins }));
    expect(assignShares(draws, unlocks)).toEqual([
      { unlockId: 'u0', lotId: 'a', coins: 6 },
      { unlockId: 'u1', lotId: 'a', coins: 3 },
      { unlockId: 'u1', lotId: 'b', coins: 3 },
      { unlockId: 'u2', lotId: 'b', coins: 5 },
    ]);
    expect(() => assignShares(draws, [{ id: 'u', coins: 18 }])).toThrow('do not pay');
  });
});

describe('coins that come back after their lot has lapsed', () => {
  test.each([
    [20 * DAY_MS, 0, 20 * DAY_MS],
    [20 * DAY_MS, 15 * DAY_MS, 7 * DAY_MS],
  ])('from a lot that ended at %i and was spent at %i live %i more', (endMs, spentAtMs, lifeMs) => {
    expect(refundExpiresAtMs(endMs, spentAtMs, 30 * DAY_MS)).toBe(30 * DAY_MS + lifeMs);
  });
});

describe('a guest that arrives', () => {
  const lot = (more: Partial<LeavingLot> = {}): LeavingLot => ({
    id: 'l',
    kind: 'paid',
    remaining: 3,
    expiresAtMs: null,
    reference: null,
    ...more,
  });
  const unlock = (id: string, coins: number, more: Partial<LeavingUnlock> = {}): LeavingUnlock => ({
    id,
    episodeId: id,
    method: 'coins',
    createdAtMs: 0,
    shares: [{ lotId: 'l', coins }],
    isUnplayed: false,
    ...more,
  });
  const isOwned = ({ episodeId }: LeavingUnlock): boolean => episodeId === 'both';

  test('gets the coins back for what the viewer has already, and keeps the rest', () => {
    const arrival = planArrival([lot()], [unlock('own', 5), unlock('both', 4)], isOwned, DAY_MS);
    expect(arrival.kept.map(({ id }) => id)).toEqual(['own']);
    expect(arrival.givenBack.map(({ id }) => id)).toEqual(['both']);
    expect(arrival.lots).toMatchObject([{ id: 'l', coins: 12, drawn: 5, givenBack: 4 }]);
  });

  test('gets them as a lot of their own where theirs has lapsed', () => {
    const arrival = planArrival([lot({ remaining: 0, expiresAtMs: DAY_MS })], [unlock('both', 4)], isOwned, 2 * DAY_MS);
    expect(arrival.lots).toMatchObject([{ id: null, coins: 4, drawn: 0, givenBack: 4, expiresAtMs: 9 * DAY_MS }]);
  });

  test('keeps a rental that was played, and gives back one that was not', () => {
    const rental = { method: 'rental', episodeId: 'both' } as const;
    const both = [unlock('played', 1, rental), unlock('unplayed', 1, { ...rental, isUnplayed: true })];
    expect(planArrival([lot()], both, isOwned, 0).givenBack.map(({ id }) => id)).toEqual(['unplayed']);
  });
});
