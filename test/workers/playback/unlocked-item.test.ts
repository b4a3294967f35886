import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BundleUnlockWire, FeedItemWire, UnlockWire } from '#core/catalog/feed-wire.ts';
import type { WaitingWire } from '#core/catalog/free-ways-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, wallet } from '../support/viewers.ts';

let seriesId = '';
let episode = '';
let other = '';
beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10, previewSeconds: 4, rental: { coins: 3, hours: 24 } });
  seriesId = series.id;
  episode = (await publishedEpisode(series.id, 1)).id;
  other = (await publishedEpisode(series.id, 2)).id;
});

interface Order {
  readonly key?: string;
  readonly query?: string;
  readonly body?: object;
}

async function order(token: string, { key = randomUUID(), query = '', body = {} }: Order): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  const json = JSON.stringify({ episodeId: episode, method: 'coins', ...body });
  return edgeFetch(`/v1/me/unlocks${query}`, { method: 'POST', headers, body: json });
}

async function viewerWith(coins: number): Promise<{ viewer: string; token: string }> {
  const viewer = newViewerId();
  await credit(viewer, coins);
  return { viewer, token: await viewerToken(viewer) };
}

const secondsOf = ({ playback }: FeedItemWire): number | undefined => playback?.playableSeconds;

describe('an unlock that asks for the item', () => {
  test('brings the episode as the feed has it from then on, whole, under a pass that opens what the preview did not', async () => {
    const { token, viewer } = await viewerWith(15);
    const before = (await feed(token, `at=${episode}&limit=1`)).items[0];
    const { item } = await jsonOf<UnlockWire>(await order(token, { query: `?item=${episode}` }), 201);
    const after = (await feed(token, `at=${episode}&limit=1`)).items[0];
    if (item === undefined || before === undefined || after === undefined) throw new Error('There is no item.');
    expect(item.decision).toEqual(after.decision);
    expect(item.episode).toEqual(after.episode);
    expect(secondsOf(item)).toBe(secondsOf(after));
    expect(secondsOf(item)).toBeGreaterThan(secondsOf(before) ?? Infinity);
    expect(Object.keys(item.playback ?? {}).toSorted()).toEqual(Object.keys(after.playback ?? {}).toSorted());
    const last = (item.playback?.url ?? '').replace(/[^/]+$/, 'v0/3.m4s');
    expect(await statusOf(await fetch(last))).toBe(200);
    expect(await statusOf(await fetch((before.playback?.url ?? '').replace(/[^/]+$/, 'v0/3.m4s')))).toBe(403);
    expect((await wallet(viewer)).coins).toBe(5);
  });

  test('may ask again under its key: nothing is paid twice, and the item comes again', async () => {
    const { token, viewer } = await viewerWith(15);
    const key = randomUUID();
    const first = await order(token, { key });
    expect(await jsonOf<UnlockWire>(first, 201)).not.toHaveProperty('item');
    const again = await order(token, { key, query: `?item=${episode}` });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('access-control-allow-origin')).toBe('*');
    expect(again.headers.get('cache-control')).toBe('private, no-store');
    expect((await jsonOf<UnlockWire>(again, 201)).item?.decision.access).toBe('full');
    expect((await wallet(viewer)).coins).toBe(5);
  });

  test('begins the rental that it takes: the viewer sits before it', async () => {
    const { token } = await viewerWith(3);
    const body = { method: 'rental' };
    const { item } = await jsonOf<UnlockWire>(await order(token, { body, query: `?item=${episode}` }), 201);
    expect(item?.decision).toMatchObject({ access: 'full', basis: 'rental' });
    expect(secondsOf(item as FeedItemWire)).toBeGreaterThan(4);
  });

  test('shows how the episode stands when a wait for it begins', async () => {
    const waiting = await createSeries({ coinPrice: 10, wait: { hours: 1 } });
    const { id } = await publishedEpisode(waiting.id, 1);
    const token = await viewerToken(newViewerId());
    const begun = await order(token, { body: { episodeId: id, method: 'wait' }, query: `?item=${id}` });
    const { item } = await jsonOf<WaitingWire>(begun, 202);
    expect(item?.decision.access).toBe('locked');
    const [offer] = item?.decision.offers.filter(({ method }) => method === 'wait') ?? [];
    expect(offer).toMatchObject({ readyAt: expect.any(String) as string });
  });

  test('brings the first episode of a bundle, whole', async () => {
    const bundles = [{ kind: 'series', discountPercent: 50 }];
    const series = await createSeries({ coinPrice: 10, bundles });
    const [{ id }] = [await publishedEpisode(series.id, 1), await publishedEpisode(series.id, 2)];
    const { token } = await viewerWith(10);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'b' };
    const body = JSON.stringify({ method: 'coins', bundle: { kind: 'series', from: id } });
    const bought = await edgeFetch(`/v1/me/unlocks?item=${id}`, { method: 'POST', headers, body });
    const { item, episodeIds } = await jsonOf<BundleUnlockWire>(bought, 201);
    expect(episodeIds).toHaveLength(2);
    expect(item).toMatchObject({ episode: { id }, decision: { access: 'full', basis: 'unlock' } });
  });

  test('without enough coins is refused as before, with offers and without an item', async () => {
    const { token } = await viewerWith(1);
    const refused = await order(token, { query: `?item=${episode}` });
    await expectProblem(refused.clone(), 'insufficient-coins');
    expect(await refused.json()).not.toHaveProperty('item');
    const withoutToken = await edgeFetch(`/v1/me/unlocks?item=${episode}`, { method: 'POST', body: '{}' });
    await expectProblem(withoutToken, 'token-missing');
  });

  test('is not undone by an item that can not be told: one that nobody knows, or that the token does not cover', async () => {
    const { token, viewer } = await viewerWith(30);
    const unknown = await order(token, { query: '?item=ep_00000000000000000000000000' });
    expect(await jsonOf<UnlockWire>(unknown, 201)).not.toHaveProperty('item');
    expect((await wallet(viewer)).coins).toBe(20);
    const asked = { viewerId: viewer, episodeIds: [other] };
    const { token: narrow } = await jsonOf<{ token: string }>(
      await apiFetch('/v1/viewer-tokens', { json: asked }),
      201,
    );
    const covered = await order(narrow, { body: { episodeId: other }, query: `?item=${episode}` });
    expect(await jsonOf<UnlockWire>(covered, 201)).not.toHaveProperty('item');
    expect((await feed(token, `series=${seriesId}`)).items.map(({ decision }) => decision.access)).toEqual([
      'full',
      'full',
    ]);
  });
});
