import { beforeAll, describe, expect, test } from 'vitest';
import type { UnlockWire } from '#core/catalog/feed-wire.ts';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, publishedEpisode, setEpisodePolicy } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import {
  access,
  credit,
  grant,
  ledger,
  mediaPrefix,
  sendMyUnlock,
  sendUnlock,
  unlock,
  wallet,
} from '../support/viewers.ts';

let seriesId = '';
let locked = '';
let free = '';

beforeAll(async () => {
  seriesId = (await createSeries({ freeEpisodes: 1, coinPrice: 10, passes: ['vip'] })).id;
  free = (await publishedEpisode(seriesId, 1)).id;
  locked = (await publishedEpisode(seriesId, 2)).id;
});

describe('an unlock', () => {
  test('takes the price once and opens the episode for good', async () => {
    const viewer = newViewerId();
    await credit(viewer, 25);
    expect(await access(viewer, locked)).toMatchObject({
      access: 'locked',
      offers: [
        { coins: 10, balance: 25, shortCoins: 0 },
        { method: 'pass', passes: ['vip'] },
      ],
    });
    const bought = await unlock(viewer, locked);
    expect(bought).toMatchObject({
      episodeId: locked,
      method: 'coins',
      coins: 10,
      alreadyUnlocked: false,
      wallet: { coins: 15 },
    });
    expect(await access(viewer, locked)).toMatchObject({ access: 'full', basis: 'unlock', until: null, offers: [] });
    expect(await mediaPrefix(locked, await viewerToken(viewer))).toMatch(/^\/m\//);
  });

  test('by the player itself does the same, and never for another viewer', async () => {
    const [viewer, stranger] = [newViewerId(), newViewerId()];
    await credit(viewer, 10);
    expect((await jsonOf<UnlockWire>(await sendMyUnlock(await viewerToken(viewer), locked), 201)).wallet.coins).toBe(0);
    expect((await access(stranger, locked)).access).toBe('locked');
  });

  test('of what the viewer owns takes nothing and says so', async () => {
    const viewer = newViewerId();
    await credit(viewer, 25);
    const first = await unlock(viewer, locked);
    const again = await jsonOf<UnlockWire>(await sendUnlock(viewer, locked), 200);
    expect(again).toMatchObject({ id: first.id, alreadyUnlocked: true, wallet: { coins: 15 } });
  });

  test('with too few coins is refused with the offers and how many are missing', async () => {
    const viewer = newViewerId();
    await credit(viewer, 4);
    const refused = await expectProblem(await sendUnlock(viewer, locked), 'insufficient-coins');
    expect(refused).toMatchObject({ balance: 4, offers: [{ method: 'coins', coins: 10, balance: 4, shortCoins: 6 }] });
    expect((await wallet(viewer)).coins).toBe(4);
    expect(await ledger(viewer)).toHaveLength(1);
  });

  test('that was refused for coins goes through with the same key once there are enough', async () => {
    const viewer = newViewerId();
    await expectProblem(await sendUnlock(viewer, locked, 'key-1'), 'insufficient-coins');
    await credit(viewer, 10);
    expect((await jsonOf<UnlockWire>(await sendUnlock(viewer, locked, 'key-1'), 201)).wallet.coins).toBe(0);
  });

  test('of a free episode is not needed, and takes nothing', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await expectProblem(await sendUnlock(viewer, free), 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(10);
  });

  test('by a viewer with a pass is not needed, and takes nothing', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await grant(viewer, { scope: 'all', pass: 'vip' });
    await expectProblem(await sendUnlock(viewer, locked), 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(10);
  });

  test('of an episode that is not sold for coins is refused', async () => {
    const { id } = await publishedEpisode((await createSeries({ passes: ['vip'] })).id);
    await expectProblem(await sendUnlock(newViewerId(), id), 'unlock-method-not-offered');
  });

  test('of an episode that viewers cannot see is refused', async () => {
    const viewer = newViewerId();
    const draft = await createEpisode(seriesId, 50);
    await expectProblem(await sendUnlock(viewer, draft.id), 'episode-not-found');
    await expectProblem(await sendUnlock(viewer, 'ep_nothing'), 'episode-not-found');
  });

  test('of an episode offered in some countries works for the backend, which is in none, and not for a player that is elsewhere', async () => {
    const viewer = newViewerId();
    const { id } = await publishedEpisode((await createSeries({ coinPrice: 3, countries: { allow: ['DE'] } })).id);
    await credit(viewer, 3);
    expect(await access(viewer, id, 'DE')).toMatchObject({ access: 'locked', basis: 'price' });
    await expectProblem(await sendMyUnlock(await viewerToken(viewer), id), 'country-not-allowed');
    expect((await jsonOf<UnlockWire>(await sendUnlock(viewer, id), 201)).coins).toBe(3);
  });
});

describe('the price of an unlock', () => {
  test('is ours: a caller that names another is told the right one, and pays nothing', async () => {
    const viewer = newViewerId();
    await credit(viewer, 25);
    for (const expectedCoins of [9, 11, 0]) {
      const refused = await expectProblem(
        await sendUnlock(viewer, locked, crypto.randomUUID(), { expectedCoins }),
        'price-changed',
      );
      expect(refused['coins']).toBe(10);
    }
    expect((await wallet(viewer)).coins).toBe(25);
    await jsonOf(await sendUnlock(viewer, locked, crypto.randomUUID(), { expectedCoins: 10 }), 201);
  });

  test.each([
    { coins: 1 },
    { price: 1 },
    { expectedCoins: -1 },
    { expectedCoins: 1.5 },
    { expectedCoins: '10' },
    { method: 'gift' },
    { episodeId: 7 },
  ])('cannot be brought along: %j', async (more) => {
    await expectProblem(await sendUnlock(newViewerId(), locked, crypto.randomUUID(), more), 'invalid-request');
  });

  test('of an episode may change; who has paid has paid', async () => {
    const viewer = newViewerId();
    const { id } = await publishedEpisode(seriesId, 60);
    await credit(viewer, 25);
    await unlock(viewer, id);
    await setEpisodePolicy(id, { coinPrice: 99 });
    expect((await access(viewer, id)).basis).toBe('unlock');
    expect((await access(newViewerId(), id)).offers[0]).toMatchObject({ coins: 99 });
    expect((await jsonOf<UnlockWire>(await sendUnlock(viewer, id), 200)).coins).toBe(10);
  });
});

describe('the history of a viewer', () => {
  test('lists unlocks and ledger newest first, a page at a time, each once', async () => {
    const viewer = newViewerId();
    for (const coins of [1, 2, 3, 4, 5]) await credit(viewer, coins);
    const seen: number[] = [];
    for (let cursor = ''; ;) {
      const page = await jsonOf<{ items: { coins: number }[]; nextCursor: string | null }>(
        await apiFetch(`/v1/viewers/${viewer}/ledger?limit=2${cursor}`),
      );
      seen.push(...page.items.map((item) => item.coins));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });

  test.each(['cursor=abc', 'cursor=-1', 'limit=0', 'limit=101', 'limit=x', 'limit=1.5'])(
    'is not read with %s',
    async (query) => {
      await expectProblem(await apiFetch(`/v1/viewers/${newViewerId()}/ledger?${query}`), 'invalid-request');
    },
  );
});
