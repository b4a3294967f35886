import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOrder } from '#core/catalog/order.ts';

const ids = fc.uniqueArray(
  fc.nat(30).map((n) => `ep_${n}`),
  { maxLength: 12 },
);

describe('an order of a series', () => {
  test('gives each of its episodes one number of 1 to n, in the order wanted', () => {
    const property = fc.property(
      ids.chain((own) => fc.tuple(fc.constant(own), fc.shuffledSubarray(own, { minLength: own.length }))),
      ([own, wanted]) => {
        const planned = planOrder(own, wanted);
        if (!planned.ok) throw new Error('refused');
        expect([...planned.value.keys()].sort()).toEqual(own.toSorted());
        expect([...planned.value.values()].toSorted((a, b) => a - b)).toEqual(own.map((_, index) => index + 1));
        expect(wanted.map((id) => planned.value.get(id))).toEqual(wanted.map((_, index) => index + 1));
      },
    );
    fc.assert(property);
  });

  test('is no other list, and what is wrong with that is said', () => {
    const property = fc.property(ids, fc.array(fc.nat(30).map((n) => `ep_${n}`)), (own, wanted) => {
      const isPermutation = JSON.stringify(own.toSorted()) === JSON.stringify(wanted.toSorted());
      expect(planOrder(own, wanted).ok).toBe(isPermutation);
    });
    fc.assert(property);
    expect(planOrder(['a', 'b', 'c'], ['c', 'x', 'c', 'a'])).toEqual({
      ok: false,
      error: { missing: ['b'], foreign: ['x'], repeated: ['c'] },
    });
  });
});
