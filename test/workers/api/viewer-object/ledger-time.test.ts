import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { audit, creditOf, dump, inside, newViewer, NOW_MS, unlockOf } from './support/viewer.ts';

const END = NOW_MS + 1_000;

describe('coins that lapse', () => {
  test.each([
    [END - 1, 'unlocked'],
    [END, 'insufficient'],
    [END + 1, 'insufficient'],
  ])('at %i leave an unlock %s', async (nowMs, outcome) => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { expiresAtMs: END }));
    expect((await viewer.wallet({ nowMs })).coins).toBe(outcome === 'unlocked' ? 10 : 0);
    expect((await viewer.state({ episodeIds: [], nowMs })).coins).toBe(outcome === 'unlocked' ? 10 : 0);
    expect((await viewer.unlock(unlockOf('ep_1', 10, { nowMs }))).outcome).toBe(outcome);
    expect(await audit(viewer)).toEqual([]);
  });

  test('leave the wallet in a transaction of their own, once, and are listed in the history', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { kind: 'bonus', expiresAtMs: END }));
    await viewer.credit(creditOf(4));
    for (const _ of [1, 2, 3]) await viewer.unlock(unlockOf('ep_1', 50, { nowMs: END }));
    await viewer.credit(creditOf(1, { nowMs: END }));
    const { items } = await viewer.ledger({ beforeSeq: null, limit: 10 });
    expect(items.map(({ kind, coins, bonus }) => ({ kind, coins, bonus }))).toEqual([
      { kind: 'credit', coins: 1, bonus: 0 },
      { kind: 'lapse', coins: -10, bonus: -10 },
      { kind: 'credit', coins: 4, bonus: 0 },
      { kind: 'credit', coins: 10, bonus: 10 },
    ]);
    expect(await audit(viewer)).toEqual([]);
  });

  test('lapse at most once, also when many calls find them lapsed at the same moment', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { expiresAtMs: END }));
    await viewer.credit(creditOf(30));
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => viewer.unlock(unlockOf(`ep_${index}`, 10, { nowMs: END }))),
    );
    expect((await viewer.wallet({ nowMs: END })).coins).toBe(0);
    expect(await audit(viewer)).toEqual([]);
  });

  test('do not come back when a caller’s clock is behind', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { expiresAtMs: END }));
    await viewer.unlock(unlockOf('ep_1', 10, { nowMs: END }));
    expect((await viewer.unlock(unlockOf('ep_1', 10, { nowMs: END - 1 }))).outcome).toBe('insufficient');
    expect(await audit(viewer)).toEqual([]);
  });

  test('that are spent in part lapse with what is left', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { expiresAtMs: END }));
    await viewer.unlock(unlockOf('ep_1', 7));
    await viewer.unlock(unlockOf('ep_2', 7, { nowMs: END }));
    expect((await viewer.ledger({ beforeSeq: null, limit: 1 })).items[0]).toMatchObject({ kind: 'lapse', coins: -3 });
    expect(await audit(viewer)).toEqual([]);
  });

  test('before they came leave a wallet that balances', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { expiresAtMs: NOW_MS - 1 }));
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(0);
    await viewer.unlock(unlockOf('ep_1', 10));
    expect(await audit(viewer)).toEqual([]);
  });
});

describe('a grant', () => {
  test.each([
    [END - 1, 1],
    [END, 0],
  ])('that ends is there at %i: %i', async (nowMs, there) => {
    const viewer = newViewer();
    await viewer.grant({ scope: 'all', targetId: null, pass: 'vip', expiresAtMs: END, nowMs: NOW_MS });
    expect((await viewer.state({ episodeIds: [], nowMs })).grants).toHaveLength(there);
  });

  test('is taken back once', async () => {
    const viewer = newViewer();
    const grant = await viewer.grant({ scope: 'all', targetId: null, pass: null, expiresAtMs: null, nowMs: NOW_MS });
    const id = 'id' in grant ? grant.id : '';
    expect(await viewer.revokeGrant({ grantId: id, nowMs: NOW_MS })).toBe(true);
    expect(await viewer.revokeGrant({ grantId: id, nowMs: NOW_MS })).toBe(false);
    expect((await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants).toEqual([]);
  });
});

describe('an object that was put to sleep', () => {
  test('has everything when it wakes, and goes on as if nothing had been', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(25, { idempotencyKey: 'c' }));
    await viewer.unlock(unlockOf('ep_1', 10, { idempotencyKey: 'u' }));
    await viewer.grant({ scope: 'all', targetId: null, pass: 'vip', expiresAtMs: null, nowMs: NOW_MS });
    const before = await dump(viewer);
    await evictDurableObject(viewer);
    expect(await dump(viewer)).toBe(before);
    expect(await viewer.state({ episodeIds: ['ep_1'], nowMs: NOW_MS })).toMatchObject({
      coins: 15,
      unlocks: [{ episodeId: 'ep_1', method: 'coins' }],
      grants: [{ pass: 'vip' }],
    });
    expect((await viewer.unlock(unlockOf('ep_1', 10, { idempotencyKey: 'u' }))).outcome).toBe('replayed');
    expect((await viewer.credit(creditOf(25, { idempotencyKey: 'c' }))).outcome).toBe('replayed');
    expect((await viewer.unlock(unlockOf('ep_1', 10))).outcome).toBe('owned');
    expect(await inside(viewer, (sql) => sql.exec('SELECT * FROM schema_version').toArray())).toHaveLength(1);
    expect(await audit(viewer)).toEqual([]);
  });
});
