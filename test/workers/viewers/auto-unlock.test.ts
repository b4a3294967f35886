import { beforeAll, describe, expect, test } from 'vitest';
import type { AutoUnlockWire } from '#core/catalog/free-ways-wire.ts';
import { apiFetch } from '../../support/edge.ts';
import { sendAutoUnlock, sendMine, setAutoUnlock } from '../support/free-ways.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, ledger, sendUnlock, wallet } from '../support/viewers.ts';

const EPISODES = 8;
const episodes: string[] = [];

beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10 });
  for (let number = 1; number <= EPISODES; number++) episodes.push((await publishedEpisode(series.id, number)).id);
});

async function viewerWith(coins: number): Promise<{ viewer: string; token: string }> {
  const viewer = newViewerId();
  await credit(viewer, coins);
  return { viewer, token: await viewerToken(viewer) };
}
const episode = (index: number): string => episodes[index] ?? '';

describe('the viewer’s switch for automatic unlocks', () => {
  test('is off at first, and is the viewer’s: a backend reads it and cannot set it', async () => {
    const { viewer, token } = await viewerWith(10);
    const off = await jsonOf<AutoUnlockWire>(await sendMine(token, 'auto-unlock'));
    expect(off).toMatchObject({ enabled: false, dailyCapCoins: 0, spentTodayCoins: 0, leftTodayCoins: 0 });
    expect(await setAutoUnlock(token, true, 25)).toMatchObject({
      enabled: true,
      dailyCapCoins: 25,
      leftTodayCoins: 25,
    });
    const read = await jsonOf<AutoUnlockWire>(await apiFetch(`/v1/viewers/${viewer}/auto-unlock`));
    expect(read).toMatchObject({ enabled: true, dailyCapCoins: 25 });
    expect(Date.parse(read.resetsAt) % 86_400_000).toBe(0);
    const json = { enabled: true, dailyCapCoins: 1_000 };
    await expectProblem(
      await apiFetch(`/v1/viewers/${viewer}/auto-unlock`, { method: 'PUT', json }),
      'method-not-allowed',
    );
    await expectProblem(await apiFetch('/v1/me/auto-unlock', { method: 'PUT', json }), 'token-malformed');
  });

  test.each([
    {},
    { enabled: true },
    { enabled: 'yes', dailyCapCoins: 1 },
    { enabled: true, dailyCapCoins: -1 },
    { enabled: true, dailyCapCoins: 1.5 },
    { enabled: true, dailyCapCoins: 1e21 },
    { enabled: true, dailyCapCoins: 1, spentTodayCoins: 0 },
  ])('is not set to %j', async (body) => {
    const { token } = await viewerWith(1);
    await expectProblem(await sendMine(token, 'auto-unlock', body, 'PUT'), 'invalid-request');
  });
});

describe('an automatic unlock', () => {
  test('is refused while the switch is off, with enough coins and with too few', async () => {
    for (const coins of [100, 1]) {
      const { viewer, token } = await viewerWith(coins);
      await expectProblem(await sendAutoUnlock(token, episode(0), 10), 'auto-unlock-off');
      expect((await wallet(viewer)).coins).toBe(coins);
    }
  });

  test('spends within the limit, then is refused with what is left; a viewer who is asked still may', async () => {
    const { viewer, token } = await viewerWith(100);
    await setAutoUnlock(token, true, 25);
    for (const index of [0, 1]) await jsonOf(await sendAutoUnlock(token, episode(index), 10), 201);
    const refused = await expectProblem(await sendAutoUnlock(token, episode(2), 10), 'auto-unlock-cap');
    expect(refused).toMatchObject({ coins: 10, leftTodayCoins: 5, dailyCapCoins: 25, spentTodayCoins: 20 });
    expect((await wallet(viewer)).coins).toBe(80);
    await jsonOf(await sendUnlock(viewer, episode(2)), 201);
    expect(await jsonOf(await sendMine(token, 'auto-unlock'))).toMatchObject({
      spentTodayCoins: 20,
      leftTodayCoins: 5,
    });
  });

  test('needs the price that was shown, and pays no other', async () => {
    const { viewer, token } = await viewerWith(100);
    await setAutoUnlock(token, true, 100);
    await expectProblem(await sendAutoUnlock(token, episode(0), 9), 'price-changed');
    const unpriced = { episodeId: episode(0), method: 'coins', auto: true };
    await expectProblem(await sendMine(token, 'unlocks', unpriced), 'invalid-request');
    for (const method of ['ad', 'wait'])
      await expectProblem(await sendMine(token, 'unlocks', { ...unpriced, method }), 'invalid-request');
    expect((await wallet(viewer)).coins).toBe(100);
  });

  test('of twenty at the same moment, of different episodes, spends no more than the limit', async () => {
    const { viewer, token } = await viewerWith(1_000);
    await setAutoUnlock(token, true, 35);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        statusOf(await sendAutoUnlock(token, episode(index % EPISODES), 10)),
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(3);
    expect((await wallet(viewer)).coins).toBe(970);
    expect((await ledger(viewer)).filter(({ kind }) => kind === 'unlock')).toHaveLength(3);
  });

  test('and one by hand are two requests: one key is not for both', async () => {
    const { viewer, token } = await viewerWith(100);
    await setAutoUnlock(token, true, 100);
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'k' };
    const body = { episodeId: episode(0), method: 'coins', expectedCoins: 10 };
    await jsonOf(await apiFetch('/v1/me/unlocks', { json: { ...body, auto: true }, headers }), 201);
    await jsonOf(await apiFetch('/v1/me/unlocks', { json: { ...body, auto: true }, headers }), 201);
    await expectProblem(await apiFetch('/v1/me/unlocks', { json: body, headers }), 'idempotency-key-reused');
    expect((await wallet(viewer)).coins).toBe(90);
  });
});
