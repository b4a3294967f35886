import { describe, expect, test } from 'vitest';
import { audit, creditOf, newViewer, NOW_MS, unlockOf } from './support/viewer.ts';

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const count = (replies: readonly { readonly outcome: string }[], outcome: string): number =>
  replies.filter((reply) => reply.outcome === outcome).length;

describe('unlocks at the same moment', () => {
  test('fifty of one episode with different keys take the price once', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(1_000));
    const replies = await many(50, () => viewer.unlock(unlockOf('ep_1', 10)));
    expect(count(replies, 'unlocked')).toBe(1);
    expect(count(replies, 'owned')).toBe(49);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(990);
    expect(await audit(viewer)).toEqual([]);
  });

  test('of two episodes with coins for one open exactly one', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(19));
    const replies = await many(50, (index) => viewer.unlock(unlockOf(`ep_${index % 2}`, 10)));
    expect(count(replies, 'unlocked')).toBe(1);
    expect(count(replies, 'owned')).toBe(24);
    expect(count(replies, 'insufficient')).toBe(25);
    const { unlocks } = await viewer.state({ episodeIds: ['ep_0', 'ep_1'], nowMs: NOW_MS });
    expect(unlocks).toHaveLength(1);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(9);
    expect(await audit(viewer)).toEqual([]);
  });

  test('of a hundred episodes with coins for three open exactly three', async () => {
    const viewer = newViewer();
    for (const kind of ['paid', 'bonus'] as const) await viewer.credit(creditOf(17, { kind }));
    const replies = await many(100, (index) => viewer.unlock(unlockOf(`ep_${index}`, 10)));
    expect(count(replies, 'unlocked')).toBe(3);
    expect(count(replies, 'insufficient')).toBe(97);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(4);
    expect(await audit(viewer)).toEqual([]);
  });

  test('a hundred with one key take the price once, and answer the same resource each time', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(1_000));
    const replies = await many(100, () => viewer.unlock(unlockOf('ep_1', 10, { idempotencyKey: 'one' })));
    expect(count(replies, 'unlocked')).toBe(1);
    expect(count(replies, 'replayed')).toBe(99);
    expect(new Set(replies.map((reply) => JSON.stringify({ ...reply, outcome: '' }))).size).toBe(1);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(990);
    expect(await audit(viewer)).toEqual([]);
  });

  test('with one key for different episodes unlock one; the others are told that the key was used', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(1_000));
    const replies = await many(50, (index) => viewer.unlock(unlockOf(`ep_${index}`, 10, { idempotencyKey: 'one' })));
    expect(count(replies, 'unlocked')).toBe(1);
    expect(count(replies, 'key-reused')).toBe(49);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(990);
  });

  test('beside credits, each coin comes in once and goes out once', async () => {
    const viewer = newViewer();
    await many(90, async (index) => {
      if (index % 3 === 0) await viewer.credit(creditOf(10));
      else await viewer.unlock(unlockOf(`ep_${index}`, 5));
    });
    const { coins } = await viewer.wallet({ nowMs: NOW_MS });
    const { items } = await viewer.unlocks({ beforeSeq: null, limit: 100 });
    expect(coins + items.length * 5).toBe(300);
    expect(await audit(viewer)).toEqual([]);
  });
});

describe('credits at the same moment', () => {
  test('a hundred with one key give the coins once', async () => {
    const viewer = newViewer();
    const replies = await many(100, () => viewer.credit(creditOf(7, { idempotencyKey: 'one' })));
    expect(count(replies, 'credited')).toBe(1);
    expect(count(replies, 'replayed')).toBe(99);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(7);
  });

  test('with one key and different amounts give the first, and are told that the key was used', async () => {
    const viewer = newViewer();
    const replies = await many(20, (index) => viewer.credit(creditOf(index + 1, { idempotencyKey: 'one' })));
    expect(count(replies, 'credited')).toBe(1);
    expect(count(replies, 'key-reused')).toBe(19);
    expect(await audit(viewer)).toEqual([]);
  });

  test('for one payment give the coins once, whatever the key', async () => {
    const viewer = newViewer();
    const replies = await many(50, () => viewer.credit(creditOf(7, { reference: 'payment-1' })));
    expect(count(replies, 'credited')).toBe(1);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(7);
  });
});

describe('two viewers', () => {
  test('never see each other: same keys, same payment, same episode', async () => {
    const [one, other] = [newViewer(), newViewer()];
    for (const viewer of [one, other]) {
      expect((await viewer.credit(creditOf(10, { idempotencyKey: 'k', reference: 'r' }))).outcome).toBe('credited');
      expect((await viewer.unlock(unlockOf('ep_1', 10, { idempotencyKey: 'k' }))).outcome).toBe('unlocked');
    }
    expect((await one.state({ episodeIds: ['ep_1'], nowMs: NOW_MS })).coins).toBe(0);
  });
});
