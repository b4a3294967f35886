import { beforeAll, describe, expect, test } from 'vitest';
import type { FeedWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode, type SeriesWire } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { feed, playlist } from '../support/viewers.ts';

const GATE = { freeEpisodes: 1, coinPrice: 5, previewSeconds: 4, passes: ['vip'] };
let series: SeriesWire;
let other: SeriesWire;
let free = '';
let paid = '';

beforeAll(async () => {
  series = await createSeries(GATE);
  other = await createSeries();
  free = (await publishedEpisode(series.id, 1)).id;
  paid = (await publishedEpisode(series.id, 2)).id;
});

const tokenWith = (more: object): Promise<string> => viewerToken(newViewerId(), more);
type Headers = Readonly<Record<string, string>>;

function callsOf(token: string, headers: Headers = {}): Record<string, () => Promise<Response>> {
  const init = { headers: { ...headers, authorization: `Bearer ${token}`, 'idempotency-key': 'a-key-of-this-test' } };
  const json = { ...init, headers: { ...init.headers, 'content-type': 'application/json' }, method: 'POST' };
  return {
    playlist: () => edgeFetch(`/v1/episodes/${paid}/playlist.m3u8`, init),
    next: () => edgeFetch(`/v1/episodes/${paid}/next`, init),
    feed: () => edgeFetch(`/v1/feed?series=${series.id}`, init),
    unlock: () => edgeFetch('/v1/me/unlocks', { ...json, body: JSON.stringify({ episodeId: paid, method: 'coins' }) }),
    wallet: () => edgeFetch('/v1/me/wallet', init),
    events: () => edgeFetch('/v1/events', { ...json, body: '{}' }),
  };
}

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

describe('a token for one place', () => {
  const table: [string, object, Headers, Headers][] = [
    [
      'ipp',
      { ipPrefix: '203.0.113.0/24' },
      { 'cf-connecting-ip': '203.0.113.9' },
      { 'cf-connecting-ip': '198.51.100.9' },
    ],
    ['ipp', { ipPrefix: '203.0.113.0/24' }, { 'cf-connecting-ip': '203.0.113.9' }, {}],
    [
      'ipp',
      { ipPrefix: '2001:db8:0:100::/56' },
      { 'cf-connecting-ip': '2001:db8:0:142::9' },
      { 'cf-connecting-ip': '203.0.113.9' },
    ],
    ['uaf', { userAgents: ['chrome'] }, { 'user-agent': CHROME }, { 'user-agent': 'VLC/3.0.21' }],
  ];
  test.each(table)(
    '%s %j is good there and refused elsewhere, on every call',
    async (restriction, more, here, elsewhere) => {
      const token = await tokenWith(more);
      for (const call of Object.values(callsOf(token, here)))
        expect([401, 403]).not.toContain(await statusOf(await call()));
      for (const call of Object.values(callsOf(token, elsewhere)))
        expect((await expectProblem(await call(), 'token-restricted'))['restriction']).toBe(restriction);
    },
  );

  test('geo is refused where the country is not known, on every call', async () => {
    for (const call of Object.values(callsOf(await tokenWith({ countries: ['DE'] }))))
      expect((await expectProblem(await call(), 'token-restricted'))['restriction']).toBe('geo');
  });
});

describe('a token for some episodes', () => {
  test.each([
    ['srs', () => ({ series: other.slug })],
    ['srs', () => ({ series: other.id })],
    ['eps', () => ({ episodeNumbers: { from: 3, to: 9 } })],
    ['ep', () => ({ episodeIds: [free.replace(/.$/, (last) => (last === '0' ? '1' : '0'))] })],
  ])('%s opens no other, on every call that names one', async (restriction, more) => {
    const calls = callsOf(await tokenWith(more()));
    for (const name of ['playlist', 'next', 'unlock']) {
      const answer = await (calls[name] ?? (() => Promise.reject(new Error(name))))();
      expect((await expectProblem(answer, 'token-restricted'))['restriction'], name).toBe(restriction);
    }
  });

  test('of another series has no feed of this one', async () => {
    const token = await tokenWith({ series: other.slug });
    expect(
      (await expectProblem(await (callsOf(token)['feed']?.() as Promise<Response>), 'token-restricted'))['restriction'],
    ).toBe('srs');
  });

  test.each([
    [() => ({ series: series.slug }), 2],
    [() => ({ series: series.id, episodeNumbers: { from: 1, to: 1 } }), 1],
    [() => ({ episodeIds: [free] }), 1],
  ])('has those in its feed, and next ends where it ends', async (more, count) => {
    const token = await tokenWith(more());
    const { items } = await feed(token, `series=${series.id}`);
    expect(items.map(({ episode }) => episode.id)).toEqual([free, paid].slice(0, count));
    const next = await jsonOf<{ reason: string }>(
      await edgeFetch(`/v1/episodes/${free}/next`, { headers: { authorization: `Bearer ${token}` } }),
    );
    expect(next.reason).toBe(count === 2 ? 'next-number' : 'end-of-token');
  });
});

describe('a preview in a token', () => {
  const decided = async (previewSeconds: number): Promise<FeedWire['items'][number]['decision'] | undefined> =>
    (await feed(await tokenWith({ previewSeconds }), `at=${paid}`)).items[0]?.decision;

  test('shortens that of the policy, never lengthens it, and 0 takes it away', async () => {
    expect(await decided(2)).toMatchObject({ access: 'preview', previewSeconds: 2 });
    expect(await decided(60)).toMatchObject({ access: 'preview', previewSeconds: 4 });
    expect(await decided(0)).toMatchObject({ access: 'locked', basis: 'price' });
    await expectProblem(await playlist(paid, await tokenWith({ previewSeconds: 0 })), 'episode-locked');
  });
});

describe('what a backend vouches for in a token', () => {
  test.each([
    ['all', 'grant', () => ['all']],
    ['the series', 'grant', () => [`series:${series.id}`]],
    ['the episode', 'grant', () => [`episode:${paid}`]],
    ['a pass product', 'pass', () => ['pass:vip']],
  ])('%s opens the episode as a %s until the token ends', async (_, basis, entitlements) => {
    const token = await tokenWith({ entitlements: entitlements(), ttlSeconds: 300 });
    const [item] = (await feed(token, `at=${paid}`)).items;
    expect(item?.decision).toMatchObject({ access: 'full', basis });
    const leftMs = Date.parse(item?.decision.until ?? '') - Date.now();
    expect(leftMs).toBeGreaterThan(280_000);
    expect(leftMs).toBeLessThanOrEqual(301_000);
    expect(Date.parse(item?.playback?.expiresAt ?? '') - Date.now(), 'the pass').toBeLessThanOrEqual(301_000);
    await expectProblem(await (callsOf(token)['unlock']?.() as Promise<Response>), 'unlock-not-needed');
  });

  test.each([['episode:ep_01k9zzzzzz0123456789abcdef'], ['pass:gold']])(
    '%s opens nothing else',
    async (entitlement) => {
      const [item] = (await feed(await tokenWith({ entitlements: [entitlement] }), `at=${paid}`)).items;
      expect(item?.decision.access).toBe('preview');
    },
  );

  test('falls with its viewer', async () => {
    const viewerId = newViewerId();
    const token = await viewerToken(viewerId, { entitlements: ['all'] });
    expect(await statusOf(await playlist(paid, token))).toBe(200);
    expect(await statusOf(await apiFetch(`/v1/viewers/${viewerId}/revocations`, { json: {} }))).toBe(201);
    await expectProblem(await playlist(paid, token), 'token-revoked');
  });
});

describe('a restriction that is none', () => {
  test.each([
    { series: 'A B' },
    { countries: [] },
    { ipPrefix: '10.0.0.0/8' },
    { userAgents: ['netscape'] },
    { entitlements: ['everything'] },
    { episodeNumbers: { from: 2, to: 1 } },
  ])('%j is not signed', async (more) => {
    await expectProblem(await apiFetch('/v1/viewer-tokens', { json: { viewerId: 'a', ...more } }), 'invalid-request');
  });
});
