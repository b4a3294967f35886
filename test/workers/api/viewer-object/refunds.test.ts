import { describe, expect, test } from 'vitest';
import {
  audit,
  bought,
  bundleOf,
  creditOf,
  DAY_MS,
  dump,
  HOUR_MS,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

const episodesOf = async (viewer: ViewerStub, nowMs = NOW_MS): Promise<string[]> =>
  (await viewer.state({ episodeIds: ['ep_1', 'ep_2', 'ep_3', 'ep_4'], nowMs })).unlocks.map(
    ({ episodeId }) => episodeId,
  );

describe('a bundle', () => {
  test('is one debit, and each episode knows its share of it', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(30, { kind: 'bonus' }));
    await viewer.credit(creditOf(30));
    const reply = await viewer.unlockBundle(bundleOf({ ep_1: 10, ep_2: 20, ep_3: 21 }, 40));
    expect(reply).toMatchObject({ outcome: 'unlocked', wallet: { coins: 20, paid: 20, bonus: 0 } });
    if (reply.outcome !== 'unlocked') return;
    expect(reply.unlocks.map(({ coins }) => coins)).toEqual([8, 16, 16]);
    const { items } = await viewer.ledger({ beforeSeq: null, limit: 1 });
    expect(items[0]).toMatchObject({
      kind: 'unlock',
      coins: -40,
      episodeIds: ['ep_1', 'ep_2', 'ep_3'],
      episodeId: null,
    });
    expect(await audit(viewer)).toEqual([]);
  });

  test('of which one was bought in between sells nothing, and says that it changed', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(100));
    await viewer.unlock(unlockOf('ep_2', 10));
    expect((await viewer.unlockBundle(bundleOf({ ep_1: 10, ep_2: 10 }, 18))).outcome).toBe('changed');
    expect(await episodesOf(viewer)).toEqual(['ep_2']);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(90);
  });

  test('that cannot be paid opens none of its episodes', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(17));
    expect(await viewer.unlockBundle(bundleOf({ ep_1: 10, ep_2: 10 }, 18))).toEqual({
      outcome: 'insufficient',
      balance: 17,
    });
    expect(await episodesOf(viewer)).toEqual([]);
  });

  test('cheaper than it has episodes leaves one without a price; its refund moves no coin and takes it away', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(5));
    const ids = await bought(viewer.unlockBundle(bundleOf({ ep_1: 1, ep_2: 1 }, 1)));
    expect(await viewer.refund(refundOf(ids[1] ?? ''))).toMatchObject({ outcome: 'refunded', refund: { coins: 0 } });
    expect(await episodesOf(viewer)).toEqual(['ep_1']);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(4);
    expect(await audit(viewer)).toEqual([]);
  });
});

describe('a rental', () => {
  test('begins with its first play, once, and ends its hours later', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10));
    await viewer.rent(rentOf('ep_1', 4));
    const unplayed = await viewer.state({ episodeIds: ['ep_1'], nowMs: NOW_MS + DAY_MS });
    expect(unplayed.unlocks).toEqual([
      { episodeId: 'ep_1', method: 'rental', untilMs: null, rental: { hours: 48, startByMs: NOW_MS + 30 * DAY_MS } },
    ]);
    const startedAtMs = NOW_MS + DAY_MS;
    const untilMs = startedAtMs + 48 * HOUR_MS;
    expect(await viewer.startRental({ episodeId: 'ep_1', nowMs: startedAtMs })).toEqual({ untilMs });
    expect(await viewer.startRental({ episodeId: 'ep_1', nowMs: startedAtMs + HOUR_MS })).toEqual({ untilMs });
    expect(await episodesOf(viewer, untilMs - 1)).toEqual(['ep_1']);
    expect(await episodesOf(viewer, untilMs)).toEqual([]);
    expect(await viewer.startRental({ episodeId: 'ep_1', nowMs: untilMs })).toBeNull();
  });

  test('that nobody plays in time is over', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10));
    await viewer.rent(rentOf('ep_1', 4));
    expect(await viewer.startRental({ episodeId: 'ep_1', nowMs: NOW_MS + 30 * DAY_MS })).toBeNull();
    expect(await episodesOf(viewer, NOW_MS + 30 * DAY_MS)).toEqual([]);
  });

  test('is paid once while it runs, again when it is over, and an episode that is owned is not rented', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(100));
    expect((await viewer.rent(rentOf('ep_1', 4))).outcome).toBe('unlocked');
    expect((await viewer.rent(rentOf('ep_1', 4))).outcome).toBe('owned');
    await viewer.startRental({ episodeId: 'ep_1', nowMs: NOW_MS });
    const nowMs = NOW_MS + 48 * HOUR_MS;
    expect((await viewer.rent(rentOf('ep_1', 4, { nowMs }))).outcome).toBe('unlocked');
    expect((await viewer.unlock(unlockOf('ep_1', 20, { nowMs }))).outcome).toBe('unlocked');
    expect((await viewer.rent(rentOf('ep_1', 4, { nowMs }))).outcome).toBe('owned');
    expect((await viewer.state({ episodeIds: ['ep_1'], nowMs })).unlocks).toMatchObject([{ method: 'coins' }]);
    expect((await viewer.wallet({ nowMs })).coins).toBe(72);
    expect(await audit(viewer)).toEqual([]);
  });

  test('shares its keys with the unlock: one key never buys both', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(100));
    await viewer.rent(rentOf('ep_1', 4, { idempotencyKey: 'k' }));
    expect((await viewer.unlock(unlockOf('ep_1', 20, { idempotencyKey: 'k' }))).outcome).toBe('key-reused');
  });
});

describe('a refund', () => {
  test('gives each coin back to the lot that it came from, and takes the episode away', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(6, { kind: 'bonus', expiresAtMs: NOW_MS + DAY_MS }));
    await viewer.credit(creditOf(20));
    const before = (await viewer.wallet({ nowMs: NOW_MS })).lots;
    const [id = ''] = await bought(viewer.unlock(unlockOf('ep_1', 10)));
    const reply = await viewer.refund(refundOf(id, { reason: 'a mistake' }));
    expect(reply).toMatchObject({
      outcome: 'refunded',
      refund: { coins: 10, episodeId: 'ep_1' },
      wallet: { coins: 26 },
    });
    expect((await viewer.wallet({ nowMs: NOW_MS })).lots).toEqual(before);
    expect(await episodesOf(viewer)).toEqual([]);
    const { items } = await viewer.ledger({ beforeSeq: null, limit: 1 });
    expect(items[0]).toMatchObject({ kind: 'refund', coins: 10, episodeId: 'ep_1', reason: 'a mistake' });
    expect((await viewer.unlock(unlockOf('ep_1', 10))).outcome).toBe('unlocked');
    expect(await audit(viewer)).toEqual([]);
  });

  test('is made once: a retry is answered as before, another key is told so', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(20));
    const [id = ''] = await bought(viewer.unlock(unlockOf('ep_1', 10)));
    const request = refundOf(id);
    const replies = await Promise.all(Array.from({ length: 50 }, () => viewer.refund(request)));
    expect(replies.filter(({ outcome }) => outcome === 'refunded')).toHaveLength(1);
    expect(replies.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(49);
    const others = await Promise.all(Array.from({ length: 20 }, () => viewer.refund(refundOf(id))));
    expect(new Set(others.map(({ outcome }) => outcome))).toEqual(new Set(['already-refunded']));
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(20);
    expect((await viewer.refund(refundOf('unl_other'))).outcome).toBe('not-found');
    expect((await viewer.refund(refundOf('unl_x', { idempotencyKey: request.idempotencyKey }))).outcome).toBe(
      'key-reused',
    );
  });

  test('of one episode of a bundle gives its share back, to the coin, and leaves the others', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(9, { kind: 'bonus' }));
    await viewer.credit(creditOf(40));
    const ids = await bought(viewer.unlockBundle(bundleOf({ ep_1: 7, ep_2: 7, ep_3: 7 }, 17)));
    for (const [index, coins] of [6, 6, 5].entries()) {
      expect(await viewer.refund(refundOf(ids[index] ?? ''))).toMatchObject({ refund: { coins } });
      expect(await audit(viewer)).toEqual([]);
    }
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 49, bonus: 9, paid: 40 });
  });

  test.each([
    ['as long as they had left when they were spent', NOW_MS + 20 * DAY_MS, 20 * DAY_MS],
    ['a week at least', NOW_MS + DAY_MS, 7 * DAY_MS],
  ])('of coins that lapsed meanwhile gives them back for %s', async (_, expiresAtMs, lifeMs) => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { kind: 'bonus', expiresAtMs }));
    const [id = ''] = await bought(viewer.unlock(unlockOf('ep_1', 6)));
    const nowMs = expiresAtMs + 5;
    await viewer.refund(refundOf(id, { nowMs }));
    expect((await viewer.wallet({ nowMs })).lots).toEqual([
      { kind: 'bonus', remaining: 6, expiresAtMs: nowMs + lifeMs },
    ]);
    expect(await audit(viewer)).toEqual([]);
  });

  test('asks for passes that are newer than it, while tokens stay good', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10));
    const [id = ''] = await bought(viewer.unlock(unlockOf('ep_1', 6)));
    await viewer.refund(refundOf(id));
    const state = await viewer.state({ episodeIds: [], nowMs: NOW_MS });
    expect(state).toMatchObject({ revokedAtSeconds: null, passesRevokedAtSeconds: NOW_MS / 1_000 });
    expect(await viewer.revoke({ nowSeconds: NOW_MS / 1_000 }), 'no two moments are one').toBe(NOW_MS / 1_000 + 1);
  });
});

describe('a correction', () => {
  const adjustment = (coins: number, more: object = {}) => ({
    idempotencyKey: crypto.randomUUID(),
    requestSha256: `adjust ${coins}`,
    coins,
    kind: 'paid' as const,
    reason: 'a goodwill gift',
    actor: 'dana',
    apiKeyId: 'root',
    approvalCoins: null,
    nowMs: NOW_MS,
    ...more,
  });

  test('that nobody approves in time cannot be approved any more', async () => {
    const viewer = newViewer();
    const reply = await viewer.adjust(adjustment(11, { approvalCoins: 10 }));
    if (reply.outcome !== 'pending') throw new Error(reply.outcome);
    const { id, expiresAtMs } = reply.pending;
    const decision = { id, apiKeyId: 'another', isApproved: true, nowMs: expiresAtMs };
    expect(await viewer.decideAdjustment(decision)).toEqual({ outcome: 'not-pending', state: 'expired' });
    expect((await viewer.decideAdjustment({ ...decision, nowMs: expiresAtMs - 1 })).outcome).toBe('adjusted');
    expect(await audit(viewer)).toEqual([]);
  });

  test('adds or takes coins of its kind, never more than there are, and says who and why', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { kind: 'bonus' }));
    expect(await viewer.adjust(adjustment(5))).toMatchObject({ outcome: 'adjusted', wallet: { paid: 5, bonus: 10 } });
    expect(await viewer.adjust(adjustment(-6))).toEqual({ outcome: 'insufficient', balance: 5 });
    expect(await viewer.adjust(adjustment(-4))).toMatchObject({ wallet: { paid: 1, bonus: 10 } });
    const { items } = await viewer.ledger({ beforeSeq: null, limit: 2 });
    expect(items).toMatchObject([
      { kind: 'adjustment', coins: -4, reason: 'a goodwill gift', actor: 'dana' },
      { kind: 'adjustment', coins: 5 },
    ]);
    expect(await audit(viewer)).toEqual([]);
  });

  test('is made once for a key', async () => {
    const viewer = newViewer();
    const request = adjustment(5);
    await Promise.all(Array.from({ length: 20 }, () => viewer.adjust(request)));
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(5);
    const before = await dump(viewer);
    expect((await viewer.adjust({ ...request, coins: 6, requestSha256: 'other' })).outcome).toBe('key-reused');
    expect(await dump(viewer)).toBe(before);
  });
});

describe('a quote', () => {
  test('is kept as it was made', async () => {
    const viewer = newViewer();
    const quote = {
      method: 'coins' as const,
      episodes: [{ id: 'ep_1', coins: 5 }],
      coins: 5,
      bundle: null,
      rental: null,
      expiresAtMs: NOW_MS + 1,
      nowMs: NOW_MS,
    };
    const { id } = await viewer.storeQuote(quote);
    expect(await viewer.quote(id)).toMatchObject({ id, coins: 5, expiresAtMs: NOW_MS + 1 });
    expect(await viewer.quote('quo_other')).toBeNull();
    await viewer.storeQuote({ ...quote, nowMs: NOW_MS + 2 * DAY_MS, expiresAtMs: NOW_MS + 3 * DAY_MS });
    expect(await viewer.quote(id), 'forgotten').toBeNull();
  });
});
