import { beforeEach, describe, expect, test } from 'vitest';
import type { CoinOfferWire, FeedItemWire, FeedWire } from '../../core/catalog/feed-wire.ts';
import type { EdgeClient, EdgeResult, FeedQuery } from '../../player/edge-client.ts';
import { currentOffer } from '../../player/feed-state.ts';
import { createFeedOn } from '../../player/feed.ts';

const OFFER: CoinOfferWire = { method: 'coins', coins: 10, balance: 15, shortCoins: 0 };

function item(number: number, access: 'full' | 'locked'): FeedItemWire {
  return {
    episode: { id: `e${number}`, seriesId: 's', number, title: `Episode ${number}`, durationSeconds: 60 },
    decision: {
      access,
      basis: access === 'full' ? 'free' : 'price',
      until: null,
      previewSeconds: null,
      offers: access === 'full' ? [] : [OFFER],
    },
    playback: null,
    posterUrl: '/poster.jpg',
  };
}

function page(items: FeedItemWire[], nextCursor: string | null): EdgeResult<FeedWire> {
  return {
    kind: 'ok',
    value: { series: { id: 's', slug: 's', title: 'S', episodeCount: 12 }, items, nextCursor, heartbeatSeconds: null },
  };
}

let queries: FeedQuery[];
let keys: string[];
let unlockAnswers: Awaited<ReturnType<EdgeClient['unlock']>>[];
let coins: number;

function client(): EdgeClient {
  return {
    edge: '',
    token: { current: 't', get: () => Promise.resolve('t'), renew: () => Promise.resolve(false) },
    feed: (query) => {
      queries.push(query);
      if (query.at !== undefined) return Promise.resolve(page([item(Number(query.at.slice(1)), 'full')], null));
      const first = query.after === undefined ? 1 : Number(query.after.slice(1)) + 1;
      const items = Array.from({ length: 4 }, (_, index) => item(first + index, first + index > 2 ? 'locked' : 'full'));
      return Promise.resolve(page(items, first + 3 < 12 ? `e${first + 3}` : null));
    },
    wallet: () =>
      Promise.resolve({
        kind: 'ok',
        value: { coins, paid: 0, bonus: coins, lots: [], debtCoins: 0, mergedInto: null },
      }),
    unlock: (_episodeId, _expectedCoins, key) => {
      keys.push(key);
      return Promise.resolve(unlockAnswers.shift() ?? { kind: 'unreachable' });
    },
    addDemoCoins: () =>
      Promise.resolve({
        kind: 'ok',
        value: { coins: coins + 50, paid: 0, bonus: coins + 50, lots: [], debtCoins: 0, mergedInto: null },
      }),
    order: () => Promise.resolve({ kind: 'unreachable' }),
    autoUnlockRule: () => Promise.resolve({ kind: 'unreachable' }),
    heartbeat: () => Promise.resolve({ kind: 'unreachable' }),
    endSession: () => undefined,
  };
}

const unlocked = (left: number, brought?: FeedItemWire): Awaited<ReturnType<EdgeClient['unlock']>> => ({
  kind: 'ok',
  value: {
    id: 'u',
    episodeId: 'e3',
    method: 'coins',
    coins: 10,
    rental: null,
    createdAt: '',
    endedAt: null,
    alreadyUnlocked: false,
    wallet: { coins: left, paid: 0, bonus: left, lots: [], debtCoins: 0, mergedInto: null },
    ...(brought !== undefined && { item: brought }),
  },
});

beforeEach(() => {
  queries = [];
  keys = [];
  unlockAnswers = [];
  coins = 15;
});

describe('the feed', () => {
  test('begins a rental only for the episode that plays now, never for one that it merely shows', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    await feed.refresh('e3');
    expect(queries.filter(({ start }) => start !== undefined)).toEqual([]);
    await feed.startRental('e3');
    expect(queries.at(-1)).toEqual({ series: 's', at: 'e3', start: 'e3', limit: 1 });
  });

  test('shows the first page and the coins', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    await feed.readCoins();
    expect(feed.state).toMatchObject({ status: 'ready', coins: 15, nextCursor: 'e4' });
    expect(feed.state.items).toHaveLength(4);
  });

  test('fetches the next page before the viewer reaches its end, and only once', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    feed.activate(1);
    feed.activate(2);
    await feed.reach(7);
    expect(queries.map((query) => query.after)).toEqual([undefined, 'e4']);
  });

  test('says that there is nothing beyond the last episode', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    expect(await feed.reach(40)).toBe(false);
    expect(feed.state.items).toHaveLength(12);
  });

  test('keeps its place when an unlocked episode replaces the locked one', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [unlocked(5)];
    expect(await feed.unlock('e3', 10)).toMatchObject({ kind: 'unlocked', coins: 5 });
    expect(feed.state.items.map((each) => each.decision.access)).toEqual(['full', 'full', 'full', 'locked']);
    expect(feed.state.coins).toBe(5);
  });

  test('goes on with the item that the unlock brings along, without asking for it', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [unlocked(5, item(3, 'full'))];
    const asked = queries.length;
    expect(await feed.unlock('e3', 10)).toMatchObject({ kind: 'unlocked', item: item(3, 'full'), coins: 5 });
    expect(feed.state.items[2]?.decision.access).toBe('full');
    expect(queries).toHaveLength(asked);
  });

  test('asks for the item when the unlock brings another one, or none', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    for (const other of [item(4, 'full'), undefined]) {
      unlockAnswers = [unlocked(5, other)];
      expect(await feed.unlock('e3', 10)).toMatchObject({ kind: 'unlocked', item: { episode: { id: 'e3' } } });
      expect(queries.at(-1)).toMatchObject({ at: 'e3', limit: 1 });
      expect(feed.state.items[3]?.decision.access).toBe('locked');
    }
  });

  test('shows what is short for the next episode with the coins of now, not of when the page came', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [unlocked(5)];
    await feed.unlock('e3', 10);
    expect(currentOffer(item(4, 'locked'), feed.state.coins)).toMatchObject({ balance: 5, shortCoins: 5 });
  });

  test('presses the same button again after a lost answer with the same key, so that nothing is paid twice', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [{ kind: 'unreachable' }, unlocked(5)];
    expect((await feed.unlock('e3', 10)).kind).toBe('failed');
    expect((await feed.unlock('e3', 10)).kind).toBe('unlocked');
    expect(keys[0]).toBe(keys[1]);
  });

  test('shows the new price when it changed meanwhile', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [{ kind: 'problem', status: 409, code: 'price-changed', title: '', offers: [] }];
    expect((await feed.unlock('e3', 10)).kind).toBe('price-changed');
    expect(queries.at(-1)).toMatchObject({ at: 'e3', limit: 1 });
  });

  test('says how many coins are missing when the edge refuses', async () => {
    const feed = createFeedOn(client(), 's');
    await feed.start();
    unlockAnswers = [
      {
        kind: 'problem',
        status: 402,
        code: 'insufficient-coins',
        title: '',
        offers: [{ ...OFFER, balance: 3, shortCoins: 7 }],
      },
    ];
    expect(await feed.unlock('e3', 10)).toEqual({ kind: 'short-of-coins', shortCoins: 7 });
    expect(feed.state.coins).toBe(3);
  });
});
