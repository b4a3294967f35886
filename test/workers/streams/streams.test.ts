/**
 * How many streams and devices a viewer may have, over HTTP: on the real bundles, with the deployment's variables set
 * for each request and the Workers' clock moved on.
 * @see security.md TOK-16, 4.4
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FeedWire, HeartbeatWire } from '#core/catalog/feed-wire.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos, type Chaos } from '../degradation/chaos.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { makeBackendKey, newViewerId, signToken, viewerToken } from '../support/tokens.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-streams-'));
let platform: Platform | undefined;
let seriesId = '';
let lockedSeriesId = '';
/** Free, with a preview, and paid without one. */
const episode = { free: '', preview: '', paid: '' };
let viewer = '';

beforeAll(async () => {
  const { secrets } = ownEdge;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined, adapt: withChaos });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries({ freeEpisodes: 1, coinPrice: 5, previewSeconds: 4 })).id;
  episode.free = (await publishedEpisode(seriesId, 1)).id;
  episode.preview = (await publishedEpisode(seriesId, 2)).id;
  lockedSeriesId = (await createSeries({ coinPrice: 5 })).id;
  episode.paid = (await publishedEpisode(lockedSeriesId)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(() => {
  viewer = newViewerId();
});

const ONE = { vars: { MAX_STREAMS: '1' } } as const;
const MINUTE_MS = 60_000;

const tokenOf = (more: object = {}): Promise<string> => viewerToken(viewer, more);

function send(method: string, at: string, token: string, chaos: Chaos = ONE): Promise<Response> {
  return edgeFetch(at, { method, headers: { authorization: `Bearer ${token}`, ...chaosHeader(chaos) } });
}

const playlistOf = (token: string, chaos: Chaos = ONE, id: string = episode.free): Promise<Response> =>
  send('GET', `/v1/episodes/${id}/playlist.m3u8`, token, chaos);
const feedOf = (token: string, chaos: Chaos = ONE, series: string = seriesId): Promise<Response> =>
  send('GET', `/v1/feed?series=${series}`, token, chaos);
const beat = (token: string, chaos: Chaos = ONE): Promise<Response> => send('POST', '/v1/me/heartbeat', token, chaos);
const end = (token: string, chaos: Chaos = ONE): Promise<Response> => send('DELETE', '/v1/me/session', token, chaos);
const later = (laterMs: number, chaos: Chaos = ONE): Chaos => ({ ...chaos, laterMs });

async function viewerCalls(): Promise<string[]> {
  return jsonOf<string[]>(await edgeFetch('/health', { headers: chaosHeader({ viewerCalls: true }) }));
}

describe('where nothing limits streams', () => {
  const OFF: Chaos = {};

  test('any number play, the viewer’s object is asked what it always was, and heartbeats ask nothing', async () => {
    const token = await tokenOf();
    await viewerCalls();
    expect(await statusOf(await playlistOf(token, OFF))).toBe(200);
    expect((await jsonOf<FeedWire>(await feedOf(token, OFF))).heartbeatSeconds).toBeNull();
    expect(await viewerCalls()).toEqual(['state', 'state']);
    const nothing: HeartbeatWire = { expiresAt: null, nextHeartbeatSeconds: null };
    expect(await jsonOf(await beat(token, OFF))).toEqual(nothing);
    expect(await statusOf(await end(token, OFF))).toBe(204);
    expect(await viewerCalls()).toEqual([]);
    for (let more = 0; more < 5; more++) expect(await statusOf(await playlistOf(await tokenOf(), OFF))).toBe(200);
    expect(await jsonOf(await apiFetch(`/v1/viewers/${viewer}/sessions`))).toEqual({ items: [], nextCursor: null });
  });

  test('a token that opens all by itself still asks nothing', async () => {
    const token = await tokenOf({ entitlements: ['all'] });
    await viewerCalls();
    expect(await statusOf(await playlistOf(token, OFF, episode.paid))).toBe(200);
    expect(await viewerCalls()).toEqual([]);
  });
});

describe('one stream more than are allowed', () => {
  test('is refused as playlist, feed and heartbeat, with the limit and since when the others play', async () => {
    const [mine, other] = [await tokenOf(), await tokenOf()];
    await viewerCalls();
    const feed = await jsonOf<FeedWire>(await feedOf(mine));
    expect(feed.heartbeatSeconds).toBe(20);
    for (const call of [playlistOf, feedOf, beat]) {
      const problem = await expectProblem(await call(other), 'concurrency-limit');
      expect(problem).toMatchObject({ limit: 1, sessions: [{ startedAt: expect.stringMatching(/Z$/) }] });
    }
    expect(await viewerCalls(), 'one question each').toEqual(['state', 'state', 'state', 'heartbeat']);
    expect(await statusOf(await playlistOf(mine)), 'the first plays on').toBe(200);
  });

  test('is refused for a free episode and for a preview; what is locked says so, and takes no place', async () => {
    const [mine, other, third] = [await tokenOf(), await tokenOf(), await tokenOf()];
    await expectProblem(await playlistOf(third, ONE, episode.paid), 'episode-locked');
    expect(await statusOf(await playlistOf(mine))).toBe(200);
    for (const id of [episode.free, episode.preview])
      await expectProblem(await playlistOf(other, ONE, id), 'concurrency-limit');
    await expectProblem(await playlistOf(other, ONE, episode.paid), 'episode-locked');
    expect((await jsonOf<FeedWire>(await feedOf(other, ONE, lockedSeriesId))).items).toHaveLength(1);
  });

  test('is no other where the backend names the session or the device: a renewed token plays on', async () => {
    for (const more of [{ sessionId: 'evening' }, { deviceId: 'phone' }]) {
      viewer = newViewerId();
      for (let renewal = 0; renewal < 3; renewal++)
        expect(await statusOf(await playlistOf(await tokenOf(more)))).toBe(200);
      await expectProblem(await playlistOf(await tokenOf()), 'concurrency-limit');
    }
  });

  test('is refused also to a token that opens all by itself', async () => {
    const vouched = () => tokenOf({ entitlements: ['all'] });
    expect(await statusOf(await playlistOf(await vouched(), ONE, episode.paid))).toBe(200);
    await expectProblem(await playlistOf(await vouched(), ONE, episode.paid), 'concurrency-limit');
  });

  test('is counted by the tighter of deployment and token', async () => {
    const both = { vars: { MAX_STREAMS: '2' } };
    expect(await statusOf(await playlistOf(await tokenOf({ maxStreams: 1 }), both))).toBe(200);
    await expectProblem(await playlistOf(await tokenOf({ maxStreams: 1 }), both), 'concurrency-limit');
    expect(await statusOf(await playlistOf(await tokenOf({ maxStreams: 9 }), both))).toBe(200);
    await expectProblem(await playlistOf(await tokenOf({ maxStreams: 9 }), both), 'concurrency-limit');
    await expectProblem(await playlistOf(await tokenOf({ maxStreams: 2 }), {}), 'concurrency-limit');
  });

  test('at the same moment, of twenty players two play', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf({ maxStreams: 2 })));
    const answers = await Promise.all(tokens.map(async (token) => statusOf(await playlistOf(token, {}))));
    expect(answers.toSorted((a, b) => a - b)).toEqual([200, 200, ...Array.from({ length: 18 }, () => 409)]);
  });
});

describe('a place', () => {
  test('comes back a minute after a player that was killed', async () => {
    const [mine, other] = [await tokenOf(), await tokenOf()];
    await jsonOf(await feedOf(mine));
    expect(await statusOf(await beat(mine, later(20_000)))).toBe(200);
    await expectProblem(await feedOf(other, later(79_000)), 'concurrency-limit');
    expect(await statusOf(await feedOf(other, later(81_000)))).toBe(200);
    await expectProblem(await beat(mine, later(81_000)), 'concurrency-limit');
  });

  test('comes back at once when the player says that it is done', async () => {
    const [mine, other] = [await tokenOf(), await tokenOf()];
    await jsonOf(await feedOf(mine));
    expect(await statusOf(await end(mine))).toBe(204);
    expect(await statusOf(await feedOf(other))).toBe(200);
  });

  test('of a player that sends no heartbeats lasts as long as the episode and a minute', async () => {
    const { durationSeconds } = (await jsonOf<FeedWire>(await feedOf(await tokenOf(), {}))).items[0]?.episode ?? {};
    const holdMs = Math.ceil(durationSeconds ?? 0) * 1_000 + MINUTE_MS;
    const [mine, other] = [await tokenOf(), await tokenOf()];
    expect(await statusOf(await playlistOf(mine))).toBe(200);
    await expectProblem(await playlistOf(other, later(holdMs - 2_000)), 'concurrency-limit');
    expect(await statusOf(await playlistOf(other, later(holdMs + 2_000)))).toBe(200);
  });

  test('cannot be held by a clock that is wrong: neither the token’s nor the player’s time counts', async () => {
    const key = await makeBackendKey();
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const ahead = await signToken(key, viewer, { claims: { iat: nowSeconds + 25, exp: nowSeconds + 80_000 } });
    const headers = {
      authorization: `Bearer ${ahead}`,
      'content-type': 'application/json',
      date: new Date(Date.now() + 3_600_000).toUTCString(),
      ...chaosHeader(ONE),
    };
    const body = JSON.stringify({ nowMs: Date.now() + 3_600_000, expiresAt: '2099-01-01T00:00:00Z' });
    const { expiresAt } = await jsonOf<HeartbeatWire>(
      await edgeFetch('/v1/me/heartbeat', { method: 'POST', headers, body }),
    );
    const leftMs = Date.parse(expiresAt ?? '') - Date.now();
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(await statusOf(await feedOf(await tokenOf(), later(61_000)))).toBe(200);
  });

  test('is given back by a revocation, and the revoked token takes none', async () => {
    const [mine, other] = [await tokenOf({ sessionId: 'a' }), await tokenOf({ sessionId: 'b' })];
    await jsonOf(await feedOf(mine));
    expect(await statusOf(await apiFetch(`/v1/viewers/${viewer}/revocations`, { json: {} }))).toBe(201);
    for (const call of [playlistOf, feedOf, beat]) await expectProblem(await call(mine), 'token-revoked');
    await expectProblem(await feedOf(other), 'token-revoked');
    expect(await statusOf(await feedOf(await tokenOf({ sessionId: 'b' })))).toBe(200);
  });

  test('is shown to the backend', async () => {
    await jsonOf(await feedOf(await tokenOf({ sessionId: 'evening', deviceId: 'tv' })));
    const { items } = await jsonOf<{ items: object[] }>(await apiFetch(`/v1/viewers/${viewer}/sessions`));
    expect(items).toEqual([
      {
        session: 'sid:evening',
        deviceId: 'tv',
        startedAt: expect.any(String),
        renewedAt: expect.any(String),
        expiresAt: expect.any(String),
      },
    ]);
  });
});

describe('one device more than are allowed', () => {
  const TWO: Chaos = { vars: { MAX_DEVICES: '2' } };
  const onDevice = (deviceId: string, more: object = {}): Promise<string> => tokenOf({ deviceId, ...more });
  const devices = async (): Promise<{ deviceId: string }[]> =>
    (await jsonOf<{ items: { deviceId: string }[] }>(await apiFetch(`/v1/viewers/${viewer}/devices`))).items;

  test('is refused until the backend frees one; streams of a device are not counted by this limit', async () => {
    for (const name of ['tv', 'phone', 'tv']) {
      const feed = await jsonOf<FeedWire>(await feedOf(await onDevice(name), TWO));
      expect(feed.heartbeatSeconds).toBeNull();
    }
    const tablet = await onDevice('a/tablet');
    for (const call of [playlistOf, feedOf, beat])
      expect(await expectProblem(await call(tablet, TWO), 'device-limit')).toMatchObject({ limit: 2 });
    expect(await devices()).toMatchObject([{ deviceId: 'tv' }, { deviceId: 'phone' }]);
    const free = (name: string) =>
      apiFetch(`/v1/viewers/${viewer}/devices/${encodeURIComponent(name)}`, { method: 'DELETE' });
    expect(await statusOf(await free('tv'))).toBe(204);
    await expectProblem(await free('tv'), 'not-found');
    expect(await statusOf(await playlistOf(tablet, TWO))).toBe(200);
    expect(await statusOf(await free('a/tablet'))).toBe(204);
  });

  test('is counted by the tighter of deployment and token', async () => {
    expect(await statusOf(await playlistOf(await onDevice('tv', { maxDevices: 1 }), TWO))).toBe(200);
    await expectProblem(await playlistOf(await onDevice('phone', { maxDevices: 1 }), TWO), 'device-limit');
    expect(await statusOf(await playlistOf(await onDevice('phone', { maxDevices: 9 }), TWO))).toBe(200);
    await expectProblem(await playlistOf(await onDevice('watch', { maxDevices: 9 }), TWO), 'device-limit');
  });

  test('needs devices with a name: a token without one is refused where devices are limited', async () => {
    const nameless = await tokenOf();
    for (const call of [playlistOf, feedOf, beat, end])
      expect((await expectProblem(await call(nameless, TWO), 'token-invalid')).detail).toContain('did');
    const refused = await apiFetch('/v1/viewer-tokens', { json: { viewerId: viewer, maxDevices: 2 } });
    expect((await expectProblem(refused, 'invalid-request')).detail).toContain('did');
    const key = await makeBackendKey();
    const unenforceable = await signToken(key, viewer, { claims: { mxd: 2 } });
    expect((await expectProblem(await playlistOf(unenforceable, {}), 'token-invalid')).detail).toContain('did');
  });
});

describe('a limit that cannot be checked, because the viewer’s object is down', () => {
  const DOWN: Chaos = { ...ONE, break: { VIEWERS: 'throw' } };

  test('lets what is free and previews play on', async () => {
    const token = await tokenOf();
    for (const id of [episode.free, episode.preview])
      expect(await statusOf(await playlistOf(token, DOWN, id))).toBe(200);
  });

  test('opens nothing paid, also where the backend vouches for it', async () => {
    for (const token of [await tokenOf(), await tokenOf({ entitlements: ['all'] })])
      await expectProblem(await playlistOf(token, DOWN, episode.paid), 'temporarily-unavailable');
    const vouched = await tokenOf({ entitlements: ['all'] });
    const unlimited: Chaos = { break: { VIEWERS: 'throw' } };
    expect(await statusOf(await playlistOf(vouched, unlimited, episode.paid)), 'without a limit').toBe(200);
  });

  test('answers a heartbeat with 503, and the next one goes on', async () => {
    const token = await tokenOf();
    await jsonOf(await feedOf(token));
    await expectProblem(await beat(token, DOWN), 'temporarily-unavailable');
    expect(await statusOf(await beat(token))).toBe(200);
  });
});

test.each(['two', '-1', '101', '1.5'])(
  'a limit of %s stops playback at once: it is never taken for "off"',
  async (bad) => {
    await expectProblem(await playlistOf(await tokenOf(), { vars: { MAX_STREAMS: bad } }), 'internal-error');
  },
);
