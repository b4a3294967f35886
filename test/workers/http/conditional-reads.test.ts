/** Every GET that is served: it has an ETag and answers 304, or says here why not. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode, uploadSource } from '../support/library.ts';
import { callsOf, callsOfPlayback } from '../support/served-calls.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';

const PERSONAL = 'changes with the viewer and the minute, and is not kept: no-store';
const WITHOUT: ReadonlyMap<string, string> = new Map([
  ['GET /.well-known/jwks.json', 'small, and public for a minute'],
  ['GET /health', 'says that it answers now'],
  ['GET /v1/viewers/:viewerId/export', 'read once, and as long as a viewer\u2019s life'],
  ...[
    'GET /v1/analytics/episodes/:episode/retention',
    'GET /v1/analytics/episodes/:episode/segment-reports',
    'GET /v1/analytics/episodes/:episode/dropoffs',
    'GET /v1/analytics/episodes/:episode/qoe',
    'GET /v1/analytics/episodes/:episode/timeseries',
    'GET /v1/analytics/series/:series/qoe',
    'GET /v1/analytics/series/:series/timeseries',
    'GET /v1/analytics/series/:series/funnel',
    'GET /v1/analytics/overview',
    'GET /v1/analytics/live',
    'GET /v1/analytics/cost',
  ].map((call): [string, string] => [call, 'grows while it is watched; kept for seconds by who shows it']),
  [
    'GET /v1/uploads',
    'what stands of an upload is asked for to go on with it, and is never to come from a cache (tus 1.0)',
  ],
  ['GET /v1/uploads/:upload', 'the same, of one'],
  ['GET /v1/console/session', 'whether a session is still one is asked for to know it now: no-store'],
  ['GET /v1/ad-callbacks/admob', 'an order in the form of a GET: AdMob\u2019s'],
  ...[
    'GET /v1/me/access',
    'GET /v1/me/wallet',
    'GET /v1/me/resume',
    'GET /v1/me/auto-unlock',
    'GET /v1/feed',
    'GET /v1/episodes/:episode/next',
    'GET /v1/episodes/:episode/playlist.m3u8',
    'GET /watch/:episode',
  ].map((call): [string, string] => [call, PERSONAL]),
]);

const all = [...(await callsOf('api/app.ts')), ...(await callsOf('analytics/app.ts')), ...callsOfPlayback()];
const served = [...new Set(all)].filter((call) => call.startsWith('GET ') && !call.includes('*'));
const reads = served.filter((call) => !WITHOUT.has(call));

const made = new Map<string, string>();
const QUERIES: ReadonlyMap<string, string> = new Map([
  ['GET /v1/viewers/:viewerId/access', 'series=:series'],
  ['GET /v1/viewers/:viewerId/resume', 'series=:series'],
  ['GET /v1/reports/unlocks', 'series=:series&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z'],
]);
const filled = (text: string): string =>
  text.replaceAll(/:([a-zA-Z]+)/g, (given, name: string) => made.get(name) ?? given);

beforeAll(async () => {
  const make = async (path: string, json: object, status = 201): Promise<string> =>
    (await jsonOf<{ id?: string; kid?: string }>(await apiFetch(path, { json }), status)).id ?? '';
  const series = await createSeries();
  const episode = await publishedEpisode(series.id);
  const base = `/v1/series/${series.id}`;
  const [season, arc] = [
    await make(`${base}/seasons`, { number: 1, title: 'x' }),
    await make(`${base}/arcs`, { number: 1, title: 'x' }),
  ];
  const titled = [base, `${base}/seasons/${season}`, `${base}/arcs/${arc}`, `/v1/episodes/${episode.id}`];
  for (const path of titled)
    await jsonOf(await apiFetch(`${path}/localisations/es`, { method: 'PUT', json: { title: 'x' } }));
  const productId = randomUUID();
  await jsonOf(await apiFetch(`/v1/products/app-store/${productId}`, { method: 'PUT', json: { coins: 1 } }));
  const viewerId = newViewerId();
  await viewerToken(viewerId);
  const { items } = await jsonOf<{ items: { kid: string }[] }>(await apiFetch('/v1/signing-keys'));
  for (const [name, value] of Object.entries({
    series: series.id,
    episode: episode.id,
    season,
    arc,
    language: 'es',
    job: (await uploadSource(episode.id)).id,
    drop: await make('/v1/drops', { at: '2099-01-01T00:00:00Z', episodes: [episode.id] }),
    endpoint: await make('/v1/webhook-endpoints', { url: 'https://example.com/hook' }),
    alert: await make('/v1/alerts', { name: 'x', metric: 'views', comparison: 'below', threshold: 0 }),
    kid: items[0]?.kid ?? '',
    store: 'app-store',
    productId,
    viewerId,
    image: 'poster.jpg',
  }))
    made.set(name, value);
  return async () => {
    for (const path of ['/v1/webhook-endpoints/:endpoint', '/v1/drops/:drop', '/v1/alerts/:alert'])
      await statusOf(await apiFetch(filled(path), { method: 'DELETE' }));
  };
});

test('each reason is for a call that is served', () => {
  expect([...WITHOUT.keys()].filter((call) => !served.includes(call))).toEqual([]);
  expect(reads.length).toBeGreaterThan(35);
});

describe('what a backend has read already is not sent again', () => {
  test.each(reads)('%s', async (call) => {
    const path = filled(`${call.slice('GET '.length)}?${QUERIES.get(call) ?? ''}`);
    // Lists of the whole platform may grow between the two, by other tests.
    const again = async (): Promise<[number, number, string, boolean]> => {
      const first = await apiFetch(path);
      const etag = first.headers.get('etag') ?? 'none';
      const second = await apiFetch(path, { headers: { 'if-none-match': etag } });
      return [await statusOf(first), second.status, await second.text(), /^"[^"]+"$/.test(etag)];
    };
    await expect.poll(again, { interval: 50 }).toEqual([200, 304, '', true]);
    const cache = (await edgeHeaders(path)).get('cache-control');
    expect(cache).toBe('private, no-cache, no-transform');
  });
});

async function edgeHeaders(path: string): Promise<Headers> {
  const answer = await apiFetch(path);
  await answer.arrayBuffer();
  return answer.headers;
}

test('nobody without a key learns an ETag', async () => {
  const answer = await edgeFetch(filled('/v1/series/:series'), { headers: { 'if-none-match': '*' } });
  expect([await statusOf(answer), answer.headers.get('etag')]).toEqual([401, null]);
});
