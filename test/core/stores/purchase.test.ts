import { describe, expect, test } from 'vitest';
import { bonusReference, creditReference, nextStep, type PurchaseProgress } from '#core/stores/purchase.ts';

const NOW_MS = 1_795_348_800_000;
const DAY_MS = 86_400_000;
const known: PurchaseProgress = {
  quantity: 1,
  isRevoked: false,
  credit: 'none',
  product: { coins: 100, bonusCoins: 10, bonusExpiresAfterDays: 7 },
  viewerId: 'viewer-1',
  isOfErased: false,
};
const next = (more: Partial<PurchaseProgress>) => nextStep({ ...known, ...more }, NOW_MS);

describe('what is next for a purchase', () => {
  test('that is new: its credit begins, for as many packs as were bought', () => {
    const order = { coins: 300, bonusCoins: 30, bonusExpiresAtMs: NOW_MS + 7 * DAY_MS };
    expect(next({ quantity: 3 })).toEqual({ kind: 'begin', order });
  });

  test.each<readonly [string, Partial<PurchaseProgress>, object]>([
    ['of an unknown product: it waits', { product: null }, { kind: 'park', reason: 'product-unknown' }],
    ['of an unknown viewer: it waits', { viewerId: null }, { kind: 'park', reason: 'account-unknown' }],
    [
      'of a viewer who is erased: it waits, and says so',
      { viewerId: null, isOfErased: true },
      { kind: 'park', reason: 'viewer-erased' },
    ],
    ['that was begun: it is credited', { credit: 'begun' }, { kind: 'credit' }],
    ['that was begun and taken back: it is credited first', { credit: 'begun', isRevoked: true }, { kind: 'credit' }],
    ['that was credited and taken back: it is reversed', { credit: 'done', isRevoked: true }, { kind: 'reverse' }],
    ['that was credited: nothing', { credit: 'done' }, { kind: 'settled' }],
    ['that was credited, and whose product is gone: nothing', { credit: 'done', product: null }, { kind: 'settled' }],
    ['that was taken back before it was credited: nothing', { isRevoked: true }, { kind: 'settled' }],
    ['that was taken back and is of nobody: nothing', { isRevoked: true, viewerId: null }, { kind: 'settled' }],
  ])('%s', (_, more, step) => {
    expect(next(more)).toEqual(step);
  });
});

test('the credit after a refund that was taken back has a reference of its own', () => {
  const references = [0, 1, 2].flatMap((round) => [
    creditReference('app-store:1', round),
    bonusReference('app-store:1', round),
  ]);
  expect(new Set(references).size).toBe(6);
  expect(references[0]).toBe('app-store:1');
});
