import { describe, expect, test } from 'vitest';
import { findParked } from '../../cli/doctor/operations.ts';

const NOW_MS = 1_795_348_800_000;
const parkedFor = (hours: number) => ({
  reference: 'order-4711',
  createdAt: new Date(NOW_MS - hours * 3_600_000).toISOString(),
});

describe('a chargeback that waits for its payment', () => {
  test('is what the doctor finds once no shop and no store would still tell of the payment', () => {
    expect(findParked([parkedFor(9 * 24 + 1)], NOW_MS)).toEqual([
      {
        check: 'ledger',
        state: 'warning',
        detail: 'the chargeback of order-4711 waits for its payment since 9 days',
      },
    ]);
  });

  test('is none of its business for a week: the two may come in either order', () => {
    expect(findParked([parkedFor(7 * 24)], NOW_MS)).toEqual([]);
  });
});
