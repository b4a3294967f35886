import { beforeAll, describe, expect, test } from 'vitest';
import type { UnlockWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, sendCredit, sendUnlock, wallet } from '../support/viewers.ts';

let first = '';
let second = '';
beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10 });
  first = (await publishedEpisode(series.id, 1)).id;
  second = (await publishedEpisode(series.id, 2)).id;
});

describe('a call that moves coins', () => {
  test('is refused without an Idempotency-Key', async () => {
    const viewer = newViewerId();
    const unlocking = { json: { episodeId: first, method: 'coins' } };
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/unlocks`, unlocking), 'idempotency-key-missing');
    await expectProblem(
      await apiFetch(`/v1/viewers/${viewer}/credits`, { json: { coins: 1, kind: 'paid' } }),
      'idempotency-key-missing',
    );
    const token = await viewerToken(viewer);
    const mine = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(unlocking.json),
    };
    await expectProblem(await edgeFetch('/v1/me/unlocks', mine), 'idempotency-key-missing');
    await expectProblem(
      await edgeFetch('/v1/demo/coins', { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
      'idempotency-key-missing',
    );
    expect((await wallet(viewer)).coins).toBe(0);
  });

  test.each(['', ' ', 'a b', 'x'.repeat(129)])('is refused with the Idempotency-Key %j', async (key) => {
    await expectProblem(await sendCredit(newViewerId(), { coins: 1, kind: 'paid' }, key), 'idempotency-key-missing');
  });

  test('whose answer was "owned" keeps its key: it cannot buy another episode', async () => {
    const viewer = newViewerId();
    await credit(viewer, 30);
    expect((await sendUnlock(viewer, first, 'key-one')).status).toBe(201);
    expect((await sendUnlock(viewer, first, 'key-two')).status).toBe(200);
    await expectProblem(await sendUnlock(viewer, second, 'key-two'), 'idempotency-key-reused');
    expect((await sendUnlock(viewer, first, 'key-two')).status).toBe(200);
    expect((await wallet(viewer)).coins).toBe(20);
  });

  test('answers a retry with the same resource, also after other things have happened', async () => {
    const viewer = newViewerId();
    await credit(viewer, 25);
    const once = await jsonOf<UnlockWire>(await sendUnlock(viewer, first, 'key-1'), 201);
    await jsonOf(await sendUnlock(viewer, second, 'key-2'), 201);
    const answer = await sendUnlock(viewer, first, 'key-1');
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    const retried = await jsonOf<UnlockWire>(answer, 201);
    expect(retried).toEqual(once);
    expect((await wallet(viewer)).coins).toBe(5);
  });

  test('answers a retry also when the episode was taken back since: the coins were taken, and the viewer may know', async () => {
    const viewer = newViewerId();
    const { id } = await publishedEpisode((await createSeries({ coinPrice: 10 })).id);
    await credit(viewer, 10);
    const once = await jsonOf<UnlockWire>(await sendUnlock(viewer, id, 'key-1'), 201);
    await jsonOf(await apiFetch(`/v1/episodes/${id}/unpublish`, { method: 'POST' }));
    expect((await jsonOf<UnlockWire>(await sendUnlock(viewer, id, 'key-1'), 201)).id).toBe(once.id);
  });

  test('is refused when its key was used for another one, and nothing happens', async () => {
    const viewer = newViewerId();
    await credit(viewer, 50);
    await jsonOf(await sendUnlock(viewer, first, 'key-1'), 201);
    await expectProblem(await sendUnlock(viewer, second, 'key-1'), 'idempotency-key-reused');
    await jsonOf(await sendCredit(viewer, { coins: 5, kind: 'paid' }, 'key-2'), 201);
    for (const other of [
      { coins: 6, kind: 'paid' },
      { coins: 5, kind: 'bonus' },
      { coins: 5, kind: 'paid', reference: 'r' },
      { coins: 5, kind: 'paid', expiresAt: '2099-01-01T00:00:00Z' },
    ]) {
      await expectProblem(await sendCredit(viewer, other, 'key-2'), 'idempotency-key-reused');
    }
    expect((await wallet(viewer)).coins).toBe(45);
  });

  test('has keys of its own for each viewer and each kind of call', async () => {
    const [one, other] = [newViewerId(), newViewerId()];
    for (const viewer of [one, other]) await jsonOf(await sendCredit(viewer, { coins: 10, kind: 'paid' }, 'same'), 201);
    for (const viewer of [one, other]) await jsonOf(await sendUnlock(viewer, first, 'same'), 201);
    expect((await wallet(other)).coins).toBe(0);
  });

  test('under another key for the same payment credits nothing, and under another body is refused', async () => {
    const viewer = newViewerId();
    await jsonOf(await sendCredit(viewer, { coins: 5, kind: 'paid', reference: 'payment-1' }), 201);
    await jsonOf(await sendCredit(viewer, { coins: 5, kind: 'paid', reference: 'payment-1' }), 201);
    await expectProblem(
      await sendCredit(viewer, { coins: 500, kind: 'paid', reference: 'payment-1' }),
      'idempotency-key-reused',
    );
    expect((await wallet(viewer)).coins).toBe(5);
  });
});

describe('an amount of coins', () => {
  test.each([0, -1, 1.5, 1e21, '10', null, 2 ** 53, 10_000_001, true, [1], {}])('%j is not one', async (coins) => {
    const viewer = newViewerId();
    await expectProblem(await sendCredit(viewer, { coins, kind: 'paid' }), 'invalid-request');
    expect((await wallet(viewer)).coins).toBe(0);
  });

  test.each<[string, unknown]>([
    ['an unknown kind', { coins: 1, kind: 'gift' }],
    ['an unknown member', { coins: 1, kind: 'paid', note: 'x' }],
    ['an expiry that is no time', { coins: 1, kind: 'paid', expiresAt: 'tomorrow' }],
    ['a reference of two words', { coins: 1, kind: 'paid', reference: 'a b' }],
    ['a list', [{ coins: 1, kind: 'paid' }]],
    ['nothing', null],
  ])('with %s is refused', async (_, body) => {
    await expectProblem(await sendCredit(newViewerId(), body), 'invalid-request');
  });

  test('is exact to the largest that a wallet takes in one go', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10_000_000);
    await credit(viewer, 1);
    expect((await wallet(viewer)).coins).toBe(10_000_001);
  });
});

describe('coins that lapse', () => {
  test('are there until their moment, gone after it, and listed as lapsed once something moves', async () => {
    const viewer = newViewerId();
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    await credit(viewer, 10, { kind: 'bonus', expiresAt });
    await credit(viewer, 4);
    expect(await wallet(viewer)).toMatchObject({
      coins: 14,
      paid: 4,
      bonus: 10,
      lots: [
        { kind: 'bonus', remaining: 10, expiresAt },
        { kind: 'paid', remaining: 4, expiresAt: null },
      ],
    });
    await expect.poll(async () => (await wallet(viewer)).coins, { timeout: 60_000, interval: 100 }).toBe(4);
    await expectProblem(await sendUnlock(viewer, first), 'insufficient-coins');
    expect((await wallet(viewer)).lots).toEqual([{ kind: 'paid', remaining: 4, expiresAt: null }]);
  });
});
