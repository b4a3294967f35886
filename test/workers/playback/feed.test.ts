import { beforeAll, describe, expect, test } from 'vitest';
import type { FeedItemWire, FeedWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch, edgeOrigin } from '../../support/edge.ts';
import { fakeVersion } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { asViewer, credit, feed, unlock } from '../support/viewers.ts';

let slug = '';
let ids: string[] = [];
const viewer = newViewerId();
let token = '';
let items: readonly FeedItemWire[] = [];

beforeAll(async () => {
  const series = await createSeries({ freeEpisodes: 1, coinPrice: 10, previewSeconds: 4 });
  slug = series.slug;
  ids = [];
  for (const number of [1, 2, 3]) ids.push((await publishedEpisode(series.id, number)).id);
  await createEpisode(series.id, 4);
  const locked = await publishedEpisode(series.id, 5);
  await jsonOf(await apiFetch(`/v1/episodes/${locked.id}/access`, { method: 'PUT', json: { previewSeconds: 0 } }));
  ids.push(locked.id);
  token = await viewerToken(viewer);
  await credit(viewer, 15);
  await unlock(viewer, ids[2] ?? '');
  items = (await feed(token, `series=${slug}`)).items;
});

describe('a feed', () => {
  test('has the episodes that viewers may see, in order, each with its decision', () => {
    expect(items.map(({ episode }) => episode.id)).toEqual(ids);
    expect(items.map(({ decision }) => [decision.access, decision.basis])).toEqual([
      ['full', 'free'],
      ['preview', 'preview'],
      ['full', 'unlock'],
      ['locked', 'price'],
    ]);
    expect(items[1]?.decision).toMatchObject({
      previewSeconds: 4,
      offers: [{ method: 'coins', coins: 10, balance: 5, shortCoins: 5 }],
    });
  });

  test('has what a player needs to start without another round trip: playlists that are those of the edge, to the byte', async () => {
    for (const { playback } of items.slice(0, 3)) {
      const playlists = Object.entries(playback?.playlists ?? {});
      expect(playlists).toHaveLength(4);
      expect(playback?.playlists).toHaveProperty([playback?.url ?? '']);
      for (const [url, text] of playlists) expect(await (await fetch(url)).text()).toBe(text);
    }
  });

  test('brings the init sections of the rungs of its first items, as the edge serves them', async () => {
    for (const { playback } of items.slice(0, 3)) {
      const inits = Object.entries(playback?.inits ?? {});
      expect(inits).toHaveLength(3);
      for (const [url, base64] of inits)
        expect(Buffer.from(base64, 'base64')).toEqual(Buffer.from(await (await fetch(url)).arrayBuffer()));
    }
    const more = await createSeries();
    for (const number of [1, 2, 3, 4]) await publishedEpisode(more.id, number);
    const all = (await feed(token, `series=${more.id}`)).items;
    expect(all.map(({ playback }) => playback?.inits !== undefined)).toEqual([true, true, true, false]);
  });

  test('names the start-up bundle of each rung, which opens as far as the decision', async () => {
    for (const { playback } of items.slice(0, 3)) {
      const url = (playback?.startUrl ?? '').replace('{rendition}', 'v2');
      expect(await statusOf(await fetch(url))).toBe(200);
      expect(await statusOf(await fetch(url.replace('/v2/', '/v3/')))).toBe(403);
    }
    expect(items[3]?.playback).toBeNull();
  });

  test('says nothing of what nobody has counted or made', () => {
    for (const { episode, playback, images } of items) {
      expect(episode).not.toHaveProperty('survival');
      expect(episode).not.toHaveProperty('thumbhash');
      expect(playback?.startBytes).toBeUndefined();
      expect(images).toBeUndefined();
    }
  });

  test('says what a start weighs, and has the picture’s placeholder and stills, for who may see the whole', async () => {
    const { objects, result } = fakeVersion();
    const tiles = { columns: 10, rows: 1, tiles: 10, tileWidth: 90, tileHeight: 160, intervalSeconds: 1 };
    const told = {
      ...{ ...result, thumbhash: 'VDkW', images: { storyboard: tiles } },
      renditions: result.renditions.map((rung, index) => ({ ...rung, startBytes: 1_000 + index })),
    };
    const all = new Map([
      ...objects,
      ['storyboard.jpg', Buffer.from('stills')],
      ['storyboard.vtt', Buffer.from('WEBVTT')],
    ]);
    const listed = [...all].map(([path, { length }]) => ({ path, sizeBytes: length }));
    const series = await createSeries({ freeEpisodes: 1, coinPrice: 10, previewSeconds: 4, maxHeight: 960 });
    for (const number of [1, 2])
      await publishedEpisode(series.id, number, { objects: all, result: { ...told, objects: listed } });
    const [whole, preview] = (await feed(token, `series=${series.id}`)).items;
    for (const item of [whole, preview]) {
      expect(item?.episode.thumbhash).toBe('VDkW');
      expect(item?.playback?.startBytes).toEqual({ v0: 1_000, v1: 1_001 });
    }
    expect(await (await fetch(whole?.images?.storyboardUrl ?? '')).text()).toBe('WEBVTT');
    expect(preview?.images).toBeUndefined();
  });

  test('cuts the playlists of a preview, and says how long it plays', () => {
    const texts = Object.values(items[1]?.playback?.playlists ?? {}).filter((text) => text.includes('#EXTINF'));
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text.match(/m4s/g)).toHaveLength(3);
    expect(items.map(({ playback }) => playback?.playableSeconds)).toEqual([10, 4, 10, undefined]);
  });

  test('has nothing that plays for what is locked, and a poster for everything', async () => {
    expect(items[3]?.playback).toBeNull();
    for (const { posterUrl } of items) expect(await statusOf(await fetch(posterUrl))).toBe(200);
    const base = (items[3]?.posterUrl ?? '').replace('/poster.jpg', '');
    for (const object of ['v0/0.m4s', 'v0/init.mp4', 'v0/media.m3u8'])
      await expectProblem(await fetch(`${base}/${object}`), 'pass-out-of-bounds');
    expect(await (await fetch(`${base}/multivariant.m3u8`)).text()).not.toContain('EXT-X-STREAM-INF');
  });

  test('has no viewer token in it, nor the viewer’s id, and is kept by no cache', async () => {
    for (const request of [
      edgeFetch(`/v1/feed?series=${slug}`, asViewer(token)),
      edgeFetch(`/v1/feed?series=${slug}&token=${token}`),
    ]) {
      const answer = await request;
      const text = await answer.text();
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      for (const part of [token, ...token.split('.'), viewer, 'token=']) expect(text).not.toContain(part);
    }
  });

  test('names URLs of the origin that was asked', () => {
    for (const { posterUrl, playback } of items) {
      for (const url of [posterUrl, ...Object.keys(playback?.playlists ?? {})])
        expect(new URL(url).origin).toBe(edgeOrigin());
    }
  });

  test('goes on behind an episode, page by page, each episode once', async () => {
    const seen: string[] = [];
    let query = `series=${slug}&limit=2`;
    for (let page = 0; page < 5; page++) {
      const answer: FeedWire = await feed(token, query);
      seen.push(...answer.items.map(({ episode }) => episode.id));
      if (answer.nextCursor === null) break;
      query = `after=${answer.nextCursor}&limit=2`;
    }
    expect(seen).toEqual(ids);
    expect((await feed(token, `at=${ids[2]}`)).items.map(({ episode }) => episode.id)).toEqual(ids.slice(2));
    expect((await feed(token, `after=${ids[3]}`)).items).toEqual([]);
  });

  test('is refused without a token, without a name, and with a limit out of bounds', async () => {
    await expectProblem(await edgeFetch(`/v1/feed?series=${slug}`), 'token-missing');
    await expectProblem(await edgeFetch('/v1/feed', asViewer(token)), 'invalid-request');
    await expectProblem(await edgeFetch('/v1/feed?series=none-such', asViewer(token)), 'series-not-found');
    await expectProblem(await edgeFetch('/v1/feed?after=ep_none', asViewer(token)), 'episode-not-found');
    for (const limit of ['0', '31', '-1', 'x', '1e1', '']) {
      await expectProblem(
        await edgeFetch(`/v1/feed?series=${slug}&limit=${limit}`, asViewer(token)),
        'invalid-request',
      );
    }
  });
});

describe('what comes next', () => {
  test('is the next episode that viewers may see, with its decision; at the end it says so', async () => {
    const next = async (id: string) =>
      jsonOf<{ episode: { id: string } | null; reason: string }>(
        await edgeFetch(`/v1/episodes/${id}/next`, asViewer(token)),
      );
    expect(await next(ids[0] ?? '')).toMatchObject({ episode: { id: ids[1] }, decision: { access: 'preview' } });
    expect((await next(ids[2] ?? '')).episode?.id).toBe(ids[3]);
    expect(await next(ids[3] ?? '')).toMatchObject({ episode: null, reason: 'end-of-series' });
  });
});
