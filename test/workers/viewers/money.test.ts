import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BundleUnlockWire, QuoteWire, UnlockWire, WalletWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode, setEpisodePolicy } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import {
  access,
  asViewer,
  credit,
  feed,
  grant,
  ledger,
  mediaPrefix,
  playlist,
  sendCredit,
  sendUnlock,
  unlock,
  wallet,
} from '../support/viewers.ts';

const BUNDLES = [
  { kind: 'next', count: 3, discountPercent: 20 },
  { kind: 'series', discountPercent: 50 },
];
let free = '';
let episodes: string[] = [];
beforeAll(async () => {
  const policy = { freeEpisodes: 1, coinPrice: 10, rental: { coins: 4, hours: 48 }, passes: ['vip'], bundles: BUNDLES };
  const { id } = await createSeries(policy);
  const all = [];
  for (const number of [1, 2, 3, 4, 5]) all.push((await publishedEpisode(id, number)).id);
  [free = '', ...episodes] = all;
});
const at = (index: number): string => episodes[index] ?? '';

function send(viewer: string, call: string, body: object, key: string = randomUUID()): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewer}/${call}`, { json: body, headers: { 'idempotency-key': key } });
}
const bundleOf = (kind: string, from: string, more: object = {}) => ({
  bundle: { kind, from, ...more },
  method: 'coins',
});
/** The ledger holds, and nothing waits but these chargebacks. */
const audited = async (viewer: string, waiting: readonly string[] = []): Promise<void> => {
  const audit = await jsonOf<{ findings: object[]; parkedChargebacks: { reference: string }[] }>(
    await apiFetch(`/v1/viewers/${viewer}/audit`),
  );
  const { parkedChargebacks, ...rest } = audit;
  expect(rest).toEqual({ findings: [] });
  expect(parkedChargebacks.map(({ reference }) => reference)).toEqual(waiting);
};

describe('a bundle', () => {
  test('is offered with its price to who stands before a locked episode, on every call that offers', async () => {
    const viewer = newViewerId();
    await credit(viewer, 5);
    const offer = {
      method: 'bundle',
      bundle: { kind: 'next', count: 3 },
      episodeCount: 3,
      listCoins: 30,
      discountPercent: 20,
      coins: 24,
      shortCoins: 19,
    };
    const isOffered = expect.arrayContaining([expect.objectContaining(offer)]);
    const token = await viewerToken(viewer);
    expect((await access(viewer, at(0))).offers).toEqual(isOffered);
    expect((await feed(token, `at=${at(0)}`)).items[0]?.decision.offers).toEqual(isOffered);
    const refused = await expectProblem(await playlist(at(0), token), 'episode-locked');
    expect(refused['offers']).toEqual(isOffered);
    const next = await jsonOf<{ decision: { offers: unknown } }>(
      await edgeFetch(`/v1/episodes/${free}/next`, asViewer(token)),
    );
    expect(next.decision.offers).toEqual(isOffered);
  });

  test('is one debit at its discount for what is still to be bought', async () => {
    const viewer = newViewerId();
    await credit(viewer, 100);
    await unlock(viewer, at(1));
    const bought = await jsonOf<BundleUnlockWire>(await send(viewer, 'unlocks', bundleOf('next', at(0))), 201);
    expect(bought).toMatchObject({ episodeIds: [at(0), at(2), at(3)], coins: 24, listCoins: 30, discountPercent: 20 });
    expect(bought.unlocks.map(({ coins }) => coins)).toEqual([8, 8, 8]);
    expect(bought.wallet.coins).toBe(66);
    for (const id of episodes) expect((await access(viewer, id)).basis).toBe('unlock');
    const [entry] = await ledger(viewer);
    expect(entry).toMatchObject({ kind: 'unlock', coins: -24, episodeIds: [at(0), at(2), at(3)] });
    await expectProblem(await send(viewer, 'unlocks', bundleOf('series', at(0))), 'unlock-not-needed');
    await audited(viewer);
  });

  test('is refused as a whole: another price, too few coins, no such bundle, a pass that covers it', async () => {
    const viewer = newViewerId();
    await credit(viewer, 23);
    const wanted = bundleOf('next', at(0));
    const changed = await expectProblem(
      await send(viewer, 'unlocks', { ...wanted, expectedCoins: 25 }),
      'price-changed',
    );
    expect(changed['coins']).toBe(24);
    await expectProblem(await send(viewer, 'unlocks', wanted), 'insufficient-coins');
    await expectProblem(await send(viewer, 'unlocks', bundleOf('season', at(0))), 'unlock-method-not-offered');
    await expectProblem(
      await send(viewer, 'unlocks', bundleOf('next', at(0), { count: 2 })),
      'unlock-method-not-offered',
    );
    await grant(viewer, { scope: 'all', pass: 'vip' });
    await expectProblem(await send(viewer, 'unlocks', wanted), 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(23);
  });

  test.each([
    { bundle: { kind: 'next' }, method: 'coins' },
    { bundle: { kind: 'next', from: 'ep_x' }, method: 'rental' },
    { bundle: { kind: 'all', from: 'ep_x' }, method: 'coins' },
    { bundle: { kind: 'next', from: 'ep_x', count: 1 }, method: 'coins' },
    { quoteId: 'quo_x', method: 'coins' },
    { method: 'coins' },
    { quoteId: 'quo_x', auto: true, expectedCoins: 1 },
    { bundle: { kind: 'next', from: 'ep_x' }, method: 'coins', auto: true, expectedCoins: 1 },
    { episodeId: 'ep_x', method: 'rental', auto: true, expectedCoins: 1 },
    { episodeId: 'ep_x', method: 'wait', expectedCoins: 1 },
    { bundle: { kind: 'next', from: 'ep_x' }, method: 'ad' },
  ])('is not ordered by %j', async (body) => {
    await expectProblem(await send(newViewerId(), 'unlocks', body), 'invalid-request');
  });

  test('ordered fifty times at once, and its episodes one by one beside it, never takes a price twice', async () => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        statusOf(
          await (index % 2 ? sendUnlock(viewer, at(index % 3)) : send(viewer, 'unlocks', bundleOf('series', at(0)))),
        ),
      ),
    );
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    const spent = (await ledger(viewer)).filter(({ kind }) => kind === 'unlock') as unknown as {
      coins: number;
      episodeIds: string[];
    }[];
    const ids = spent.flatMap(({ episodeIds }) => episodeIds);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await wallet(viewer)).coins).toBe(1_000 + spent.reduce((sum, { coins }) => sum + coins, 0));
    await audited(viewer);
  });
});

describe('a quote', () => {
  test('holds when the price goes up, and leaves out what was bought meanwhile', async () => {
    const viewer = newViewerId();
    const { id } = await createSeries({ coinPrice: 10, bundles: BUNDLES });
    const ids: string[] = [];
    for (const number of [1, 2, 3]) ids.push((await publishedEpisode(id, number)).id);
    const [first = '', second = ''] = ids;
    await credit(viewer, 100);
    const token = await viewerToken(viewer);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(bundleOf('series', first)) };
    const quote = await jsonOf<QuoteWire>(await edgeFetch('/v1/me/quotes', init), 201);
    expect(quote).toMatchObject({ episodeIds: ids, coins: 15, listCoins: 30, discountPercent: 50 });
    for (const episode of ids) await setEpisodePolicy(episode, { coinPrice: 99 });
    await grant(viewer, { scope: 'episode', id: second });
    const other = newViewerId();
    await expectProblem(await send(other, 'unlocks', { quoteId: quote.id }), 'quote-not-found');
    const bought = await jsonOf<BundleUnlockWire>(await send(viewer, 'unlocks', { quoteId: quote.id }, 'one-key'), 201);
    expect(bought).toMatchObject({ episodeIds: [ids[0], ids[2]], coins: 10, wallet: { coins: 90 } });
    expect(await jsonOf(await send(viewer, 'unlocks', { quoteId: quote.id }, 'one-key'), 201)).toEqual(bought);
    await expectProblem(await send(viewer, 'unlocks', { quoteId: quote.id }), 'unlock-not-needed');
  });

  test('of one episode works as of a bundle', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    const quote = await jsonOf<QuoteWire>(await send(viewer, 'quotes', { episodeId: at(0), method: 'rental' }), 201);
    expect(quote).toMatchObject({ episodeIds: [at(0)], coins: 4, listCoins: 4, discountPercent: 0 });
    expect(await jsonOf(await send(viewer, 'unlocks', { quoteId: quote.id }), 201)).toMatchObject({
      method: 'rental',
      coins: 4,
    });
    await expectProblem(await send(viewer, 'quotes', { episodeId: free, method: 'coins' }), 'unlock-not-needed');
  });
});

describe('a rental', () => {
  const rent = (viewer: string, id: string): Promise<Response> =>
    send(viewer, 'unlocks', { episodeId: id, method: 'rental' });

  test('begins when its playlist is asked for, and not by a page of the feed', async () => {
    const viewer = newViewerId();
    await credit(viewer, 20);
    const rented = await jsonOf<UnlockWire>(await rent(viewer, at(0)), 201);
    expect(rented).toMatchObject({ method: 'rental', coins: 4, rental: { hours: 48, startedAt: null, until: null } });
    const token = await viewerToken(viewer);
    const [item] = (await feed(token, `at=${at(0)}`)).items;
    expect(item).toMatchObject({ decision: { access: 'full', basis: 'rental' }, playback: null });
    expect(
      await statusOf(await edgeFetch(`/v1/episodes/${at(0)}/playlist.m3u8`, { method: 'HEAD', ...asViewer(token) })),
    ).toBe(200);
    const unplayed = await jsonOf<{ items: UnlockWire[] }>(await apiFetch(`/v1/viewers/${viewer}/unlocks`));
    expect(unplayed.items[0]?.rental?.startedAt).toBeNull();
    expect(await statusOf(await playlist(at(0), token))).toBe(200);
    const { until } = await access(viewer, at(0));
    expect(Date.parse(until ?? '') - Date.now()).toBeGreaterThan(47.9 * 3_600_000);
    const played = await jsonOf<{ items: UnlockWire[] }>(await apiFetch(`/v1/viewers/${viewer}/unlocks`));
    expect(played.items[0]?.rental?.startedAt).not.toBeNull();
    expect((await feed(token, `at=${at(0)}`)).items[0]?.playback).not.toBeNull();
  });

  test('begins for the one episode that the feed is asked to start', async () => {
    const viewer = newViewerId();
    await credit(viewer, 20);
    for (const index of [0, 1]) await jsonOf(await rent(viewer, at(index)), 201);
    const token = await viewerToken(viewer);
    const { items } = await feed(token, `at=${at(0)}&start=${at(0)}`);
    expect(items.slice(0, 2).map(({ playback }) => playback === null)).toEqual([false, true]);
  });

  test('at another price than was shown is refused, and nothing is debited', async () => {
    const viewer = newViewerId();
    await credit(viewer, 20);
    const rental = { episodeId: at(0), method: 'rental' };
    const refused = await expectProblem(
      await send(viewer, 'unlocks', { ...rental, expectedCoins: 3 }),
      'price-changed',
    );
    expect(refused['coins']).toBe(4);
    expect((await wallet(viewer)).coins).toBe(20);
    await jsonOf(await send(viewer, 'unlocks', { ...rental, expectedCoins: 4 }), 201);
    expect((await wallet(viewer)).coins).toBe(16);
  });

  test('is no reason not to buy; what is bought is not rented', async () => {
    const viewer = newViewerId();
    await credit(viewer, 20);
    await jsonOf(await rent(viewer, at(0)), 201);
    expect(await jsonOf(await rent(viewer, at(0)), 200)).toMatchObject({
      alreadyUnlocked: true,
      wallet: { coins: 16 },
    });
    expect(await unlock(viewer, at(0))).toMatchObject({ method: 'coins', wallet: { coins: 6 } });
    expect((await access(viewer, at(0))).basis).toBe('unlock');
    await expectProblem(await rent(viewer, at(0)), 'unlock-not-needed');
  });
});

describe('a rental that runs', () => {
  test('of an episode that is free for all by now takes no coins: neither a price nor a quote from before', async () => {
    const { id } = await createSeries({ coinPrice: 10, rental: { coins: 4, hours: 48 } });
    const episode = (await publishedEpisode(id, 1)).id;
    const viewer = newViewerId();
    await credit(viewer, 20);
    await jsonOf(await send(viewer, 'unlocks', { episodeId: episode, method: 'rental' }), 201);
    expect((await playlist(episode, await viewerToken(viewer))).status).toBe(200);
    const wanted = { episodeId: episode, method: 'coins' };
    const quote = await jsonOf<QuoteWire>(await send(viewer, 'quotes', wanted), 201);
    expect(quote.coins).toBe(10);
    await setEpisodePolicy(episode, { freeEpisodes: 1, coinPrice: 10, rental: { coins: 4, hours: 48 } });
    await expectProblem(await send(viewer, 'unlocks', wanted), 'unlock-not-needed');
    await expectProblem(await send(viewer, 'unlocks', { quoteId: quote.id }), 'unlock-not-needed');
    await expectProblem(await send(viewer, 'quotes', wanted), 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(16);
    await audited(viewer);
  });
});

describe('a refund', () => {
  test(
    'gives the coins back and stops what plays within ten seconds; everything else plays on',
    { retry: 3 },
    async () => {
      const viewer = newViewerId();
      const other = newViewerId();
      await credit(viewer, 20);
      await credit(other, 10);
      const { id } = await unlock(viewer, at(0));
      await unlock(viewer, at(1));
      await unlock(other, at(0));
      const token = await viewerToken(viewer);
      const playing = await mediaPrefix(at(0), token);
      const stays = [await mediaPrefix(at(1), token), await mediaPrefix(at(0), await viewerToken(other))];
      const segment = (prefix: string): Promise<Response> => edgeFetch(`${prefix}/v0/0.m4s`);
      const startedAt = performance.now();
      const refunded = await jsonOf(await send(viewer, 'refunds', { unlockId: id, reason: 'a mistake' }, 'key'), 201);
      expect(refunded).toMatchObject({ unlockId: id, coins: 10, episodeId: at(0), wallet: { coins: 10 } });
      expect((await access(viewer, at(0))).access).toBe('locked');
      await expect.poll(async () => statusOf(await segment(playing)), { timeout: 11_000, interval: 100 }).toBe(403);
      expect(performance.now() - startedAt).toBeLessThanOrEqual(10_000);
      await expectProblem(await segment(playing), 'pass-revoked');
      for (const prefix of stays) expect(await statusOf(await segment(prefix))).toBe(200);
      expect(await statusOf(await playlist(at(1), token)), 'the token is good').toBe(200);
      expect(await jsonOf(await send(viewer, 'refunds', { unlockId: id }, 'key'), 201)).toEqual(refunded);
      await expectProblem(await send(viewer, 'refunds', { unlockId: id }), 'already-refunded');
      await expectProblem(await send(viewer, 'refunds', { unlockId: 'unl_none' }), 'unlock-not-found');
      await unlock(viewer, at(0));
      expect(await statusOf(await segment(await mediaPrefix(at(0), token))), 'bought again, it plays at once').toBe(
        200,
      );
      await audited(viewer);
    },
  );
});

describe('a chargeback', () => {
  test('of a payment that never came stands in the viewer’s audit, since when it waits', async () => {
    const viewer = newViewerId();
    await jsonOf(await send(viewer, 'chargebacks', { reference: 'p-unknown', reason: 'a stolen card' }), 202);
    const seen = await jsonOf<{ parkedChargebacks: { createdAt: string }[] }>(
      await apiFetch(`/v1/viewers/${viewer}/audit`),
    );
    const [parked] = seen.parkedChargebacks;
    expect(seen).toMatchObject({
      findings: [],
      parkedChargebacks: [{ reference: 'p-unknown', policy: 'debt', reason: 'a stolen card' }],
    });
    expect(Math.abs(Date.now() - Date.parse(parked?.createdAt ?? ''))).toBeLessThan(60_000);
    await credit(viewer, 15, { reference: 'p-unknown' });
    await audited(viewer);
  });

  test('leaves a debt that stops sales until it is paid back', async () => {
    const viewer = newViewerId();
    await credit(viewer, 15, { reference: 'p1' });
    await unlock(viewer, at(0));
    const parked = await jsonOf(await send(viewer, 'chargebacks', { reference: 'p2' }), 202);
    expect(parked).toEqual({ state: 'parked', reference: 'p2', policy: 'debt' });
    const done = await jsonOf(await send(viewer, 'chargebacks', { reference: 'p1', reason: 'a stolen card' }), 201);
    expect(done).toMatchObject({
      state: 'applied',
      policy: 'debt',
      takenCoins: 5,
      debtCoins: 10,
      wallet: { debtCoins: 10 },
    });
    expect((await access(viewer, at(1))).offers[0]).toMatchObject({ method: 'coins', shortCoins: 20 });
    const refused = await expectProblem(await sendUnlock(viewer, at(1)), 'debt-outstanding');
    expect(refused['debtCoins']).toBe(10);
    expect(
      await jsonOf<{ wallet: WalletWire }>(await sendCredit(viewer, { coins: 30, kind: 'paid' }), 201),
    ).toMatchObject({
      wallet: { coins: 20, debtCoins: 0 },
    });
    await unlock(viewer, at(1));
    await audited(viewer, ['p2']);
  });
});

describe('a correction by hand', () => {
  test('says who and why, and takes no more than there is', async () => {
    const viewer = newViewerId();
    const body = { coins: 8, kind: 'bonus', reason: 'a goodwill gift', actor: 'dana' };
    expect(await jsonOf(await send(viewer, 'adjustments', body), 201)).toMatchObject({ ...body, wallet: { bonus: 8 } });
    await expectProblem(await send(viewer, 'adjustments', { ...body, coins: -9 }), 'conflict');
    for (const wrong of [{ coins: 0 }, { coins: 1.5 }, { reason: '' }, { actor: undefined }])
      await expectProblem(await send(viewer, 'adjustments', { ...body, ...wrong }), 'invalid-request');
    expect((await ledger(viewer))[0]).toMatchObject({
      kind: 'adjustment',
      coins: 8,
      reason: body.reason,
      actor: 'dana',
    });
  });
});

describe('a guest who signs in', () => {
  test('brings coins, unlocks and grants along once, however often it is said', async () => {
    const [guest, viewer] = [newViewerId(), newViewerId()];
    for (const id of [guest, viewer]) await credit(id, 30);
    await unlock(guest, at(0));
    await unlock(guest, at(1));
    await unlock(viewer, at(0));
    await grant(guest, { scope: 'episode', id: at(3) });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send(viewer, 'merge', { from: guest }, 'signed-in')),
    );
    for (const answer of answers)
      expect(await jsonOf(answer, 201)).toMatchObject({
        from: guest,
        coins: 20,
        unlocks: 1,
        givenBack: [{ episodeId: at(0), coins: 10 }],
      });
    expect(await wallet(viewer)).toMatchObject({ coins: 40, mergedInto: null });
    expect((await access(viewer, at(1))).basis).toBe('unlock');
    expect((await access(viewer, at(3))).basis).toBe('grant');
    expect(await wallet(guest)).toMatchObject({ coins: 0, mergedInto: viewer });
    expect((await access(guest, at(1))).access).toBe('locked');
    const refused = await expectProblem(await sendCredit(guest, { coins: 1, kind: 'paid' }), 'viewer-merged');
    expect(refused['viewerId']).toBe(viewer);
    await expectProblem(await sendUnlock(guest, at(2)), 'viewer-merged');
    await expectProblem(await send(guest, 'merge', { from: viewer }), 'viewer-merged');
    await expectProblem(await send(viewer, 'merge', { from: viewer }), 'invalid-request');
    for (const id of [guest, viewer]) await audited(id);
  });

  const segment = async (prefix: string): Promise<number> => statusOf(await edgeFetch(`${prefix}/v0/0.m4s`));
  const closes = { timeout: 11_000, interval: 200 };

  test('leaves no pass behind: what was bought plays under the new name alone, what is free plays on', async () => {
    const [guest, viewer] = [newViewerId(), newViewerId()];
    await credit(guest, 30);
    await unlock(guest, at(0));
    const token = await viewerToken(guest);
    const [paid, open] = [await mediaPrefix(at(0), token), await mediaPrefix(free, token)];
    expect(await segment(paid)).toBe(200);
    await jsonOf(await send(viewer, 'merge', { from: guest }), 201);
    const mine = await mediaPrefix(at(0), await viewerToken(viewer));
    await expect.poll(() => segment(paid), closes).toBe(403);
    expect(await segment(open)).toBe(200);
    expect(await segment(mine)).toBe(200);
  });

  test('and has a chargeback waiting sees what it leaves, and what it closes is closed for those who play it', async () => {
    const [guest, viewer] = [newViewerId(), newViewerId()];
    const reference = randomUUID();
    await credit(viewer, 30, { reference });
    await unlock(viewer, at(0));
    await credit(guest, 7);
    const playing = await mediaPrefix(at(0), await viewerToken(viewer));
    await jsonOf(await send(guest, 'chargebacks', { reference, policy: 'revoke' }), 202);
    const answer = await jsonOf<{ wallet: WalletWire }>(await send(viewer, 'merge', { from: guest }, 'signed-in'), 201);
    expect(answer.wallet).toMatchObject({ coins: 7, debtCoins: 0 });
    expect(answer).toEqual(await jsonOf(await send(viewer, 'merge', { from: guest }, 'signed-in'), 201));
    expect(await wallet(viewer)).toMatchObject({ coins: 7 });
    await expect.poll(() => segment(playing), closes).toBe(403);
    await audited(viewer);
  });

  test('and is told to take that account in at the same moment ends as one of the two, with all coins', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [newViewerId(), newViewerId()];
      for (const id of [a, b]) await credit(id, 10);
      const answers = await Promise.all([send(a, 'merge', { from: b }), send(b, 'merge', { from: a })]);
      const statuses = await Promise.all(answers.map(statusOf));
      expect(statuses.toSorted((x, y) => x - y)).toEqual([201, 409]);
      const [one, other] = [await wallet(a), await wallet(b)];
      expect(one.coins + other.coins).toBe(20);
      expect([one.mergedInto, other.mergedInto].filter((into) => into !== null)).toEqual([statuses[0] === 201 ? a : b]);
      for (const id of [a, b]) await audited(id);
    }
  });
});
