import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLapsed, planDraws, type Lot } from '#core/ledger/plan-draws.ts';

const NOW = 1_795_348_800_000;
let seq = 0;
const lot = (kind: Lot['kind'], remaining: number, expiresAtMs: number | null = null): Lot => ({
  id: `lot_${++seq}`,
  kind,
  remaining,
  expiresAtMs,
  seq,
});

const anyLots = fc
  .array(
    fc.record({
      kind: fc.constantFrom('paid' as const, 'bonus' as const),
      remaining: fc.nat(50),
      expiresAtMs: fc.option(fc.integer({ min: NOW - 3, max: NOW + 3 }), { nil: null }),
    }),
    { maxLength: 12 },
  )
  .chain((lots) =>
    fc
      .shuffledSubarray(
        lots.map((_, index) => index),
        { minLength: lots.length },
      )
      .map((order) => lots.map((given, index): Lot => ({ ...given, id: `lot_${index}`, seq: order[index] ?? index }))),
  );

describe('the lots that pay a price', () => {
  test('are bonus before paid, what expires first before what lasts, what came first before what came later', () => {
    const lots = [
      lot('paid', 5),
      lot('bonus', 5),
      lot('bonus', 5, NOW + 2_000),
      lot('paid', 5, NOW + 1_000),
      lot('bonus', 5, NOW + 1_000),
      lot('bonus', 5),
    ];
    const drawn = planDraws(lots, 30, NOW);
    const order = [4, 2, 1, 5, 3, 0].map((index) => lots[index]?.id);
    expect(drawn.ok && drawn.value.map((draw) => draw.lotId)).toEqual(order);
  });

  test('leave what is over in the last one', () => {
    const lots = [lot('paid', 10), lot('bonus', 4)];
    expect(planDraws(lots, 9, NOW)).toMatchObject({
      ok: true,
      value: [
        { kind: 'bonus', coins: 4 },
        { kind: 'paid', coins: 5 },
      ],
    });
  });

  test.each([
    [NOW - 1, true],
    [NOW, true],
    [NOW + 1, false],
    [null, false],
  ])('have lapsed when they expire at %s: %s', (expiresAtMs, lapsed) => {
    expect(isLapsed({ expiresAtMs }, NOW)).toBe(lapsed);
    expect(planDraws([lot('paid', 1, expiresAtMs)], 1, NOW).ok).toBe(!lapsed);
  });

  test('say what there was when it is too little, lapsed coins not counted', () => {
    expect(planDraws([lot('paid', 3), lot('bonus', 4), lot('bonus', 100, NOW)], 8, NOW)).toEqual({
      ok: false,
      error: { balance: 7 },
    });
    expect(planDraws([], 1, NOW)).toEqual({ ok: false, error: { balance: 0 } });
  });

  test('pay exactly the price, no lot more than it has, none twice, none that lapsed; or there are too few coins', () => {
    fc.assert(
      fc.property(anyLots, fc.integer({ min: 1, max: 300 }), (lots, price) => {
        const live = lots.filter((each) => !isLapsed(each, NOW));
        const balance = live.reduce((sum, each) => sum + each.remaining, 0);
        const drawn = planDraws(lots, price, NOW);
        if (!drawn.ok) {
          expect(balance).toBeLessThan(price);
          expect(drawn.error.balance).toBe(balance);
          return;
        }
        expect(drawn.value.reduce((sum, draw) => sum + draw.coins, 0)).toBe(price);
        expect(new Set(drawn.value.map((draw) => draw.lotId)).size).toBe(drawn.value.length);
        for (const draw of drawn.value) {
          const from = live.find((each) => each.id === draw.lotId);
          expect(draw.coins).toBeGreaterThan(0);
          expect(draw.coins).toBeLessThanOrEqual(from?.remaining ?? -1);
          expect(draw.kind).toBe(from?.kind);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('touch no later lot while an earlier one has coins left', () => {
    const rank = (each: Lot): readonly [number, number, number] => [
      each.kind === 'bonus' ? 0 : 1,
      each.expiresAtMs ?? Number.POSITIVE_INFINITY,
      each.seq,
    ];
    const isBefore = (a: Lot, b: Lot): boolean => {
      const [x, y] = [rank(a), rank(b)];
      const at = [0, 1, 2].find((index) => x[index] !== y[index]) ?? 2;
      return (x[at] ?? 0) < (y[at] ?? 0);
    };
    fc.assert(
      fc.property(anyLots, fc.integer({ min: 1, max: 200 }), (lots, price) => {
        const drawn = planDraws(lots, price, NOW);
        if (!drawn.ok) return;
        const taken = new Map(drawn.value.map((draw) => [draw.lotId, draw.coins]));
        for (const later of lots.filter((each) => taken.has(each.id))) {
          for (const earlier of lots) {
            if (isLapsed(earlier, NOW) || !isBefore(earlier, later)) continue;
            expect(taken.get(earlier.id) ?? 0).toBe(earlier.remaining);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('are the same in whatever order the lots are read, and reading them changes nothing', () => {
    fc.assert(
      fc.property(anyLots, fc.integer({ min: 1, max: 200 }), (lots, price) => {
        const frozen = Object.freeze(lots.map((each) => Object.freeze(each)));
        expect(planDraws(frozen.toReversed(), price, NOW)).toEqual(planDraws(frozen, price, NOW));
      }),
    );
  });
});
