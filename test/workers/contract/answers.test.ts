/** Real answers of the platform, held against the schemas that docs/openapi.json promises for them. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { createEpisode, createSeries, publishedEpisode, uploadSource } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';
import { metadata } from '../support/tus-client.ts';
import { expectDocumented, seen } from './validator.ts';

interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A viewer's token instead of the operator's key. */
  readonly token?: string;
}

/** Asks as the document writes the call; returns what came, once the document has agreed to it. */
async function ask<T = Record<string, unknown>>(call: string, asked: Asked = {}): Promise<T> {
  const [method = '', template = ''] = call.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => asked.params?.[name] ?? 'none');
  const init = {
    method,
    headers: { ...asked.headers, ...(asked.token && { authorization: `Bearer ${asked.token}` }) },
  };
  const url = `${path}${asked.query ?? ''}`;
  const response =
    asked.json === undefined
      ? await (asked.token === undefined ? apiFetch(url, init) : edgeFetch(url, init))
      : await apiFetch(url, { ...init, json: asked.json });
  return (await expectDocumented(call, response)) as T;
}

const withKey = () => ({ headers: { 'idempotency-key': randomUUID() } });

afterAll(removeBackendKeys);

describe('the catalogue answers as documented', () => {
  test('series, groups and policies', async () => {
    const slug = `contract-${randomUUID()}`;
    const { id: series } = await ask<{ id: string }>('POST /v1/series', { json: { slug, title: 'A contract' } });
    const params = { series };
    await ask('POST /v1/series', { json: { slug, title: 'A contract' } });
    await ask('POST /v1/series', { json: { slug: 'No!' } });
    await ask('GET /v1/series', { query: '?limit=2' });
    await ask('GET /v1/series/{series}', { params });
    await ask('GET /v1/series/{series}', { params: { series: 'nobody' } });
    await ask('PATCH /v1/series/{series}', { params, json: { synopsis: 'Two of us.', defaultLanguage: 'en' } });
    const { id: season } = await ask<{ id: string }>('POST /v1/series/{series}/seasons', {
      params,
      json: { number: 1, title: 'One' },
    });
    const { id: arc } = await ask<{ id: string }>('POST /v1/series/{series}/arcs', {
      params,
      json: { number: 1, title: 'One' },
    });
    const policy = {
      freeEpisodes: 1,
      coinPrice: 10,
      passes: ['vip'],
      freeWindows: [{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }],
    };
    await ask('PUT /v1/series/{series}/access', { params, json: policy });
    await ask('GET /v1/series/{series}/access', { params });
    await ask('PUT /v1/series/{series}/seasons/{season}/access', { params: { series, season }, json: policy });
    await ask('GET /v1/series/{series}/seasons/{season}/access', { params: { series, season } });
    for (const [path, names] of [
      ['/v1/series/{series}', params],
      ['/v1/series/{series}/seasons/{season}', { series, season }],
      ['/v1/series/{series}/arcs/{arc}', { series, arc }],
    ] as const) {
      const language = { ...names, language: 'es-MX' };
      await ask(`PUT ${path}/localisations/{language}`, { params: language, json: { title: 'Uno' } });
      await ask(`GET ${path}/localisations`, { params: names });
      await ask(`DELETE ${path}/localisations/{language}`, { params: language });
    }
    await ask('DELETE /v1/series/{series}', { params });
  });

  test('episodes, their graph and drops', async () => {
    const series = await createSeries({ coinPrice: 5 });
    const params = { series: series.id };
    const first = await publishedEpisode(series.id, 1);
    const { id: second } = await ask<{ id: string }>('POST /v1/series/{series}/episodes', {
      params,
      json: { number: 2, title: 'Two', releaseAt: '2027-01-01T00:00:00Z' },
    });
    await ask('GET /v1/series/{series}/episodes', { params });
    await ask('GET /v1/episodes/{episode}', { params: { episode: first.id } });
    await ask('PATCH /v1/episodes/{episode}', { params: { episode: second }, json: { tier: 'gold' } });
    await ask('POST /v1/episodes/{episode}/publish', { params: { episode: second } });
    await ask('PUT /v1/episodes/{episode}/access', { params: { episode: second }, json: { coinPrice: 7 } });
    await ask('GET /v1/episodes/{episode}/access', { params: { episode: second } });
    const language = { episode: second, language: 'de' };
    await ask('PUT /v1/episodes/{episode}/localisations/{language}', { params: language, json: { title: 'Zwei' } });
    await ask('GET /v1/episodes/{episode}/localisations', { params: language });
    await ask('DELETE /v1/episodes/{episode}/localisations/{language}', { params: language });
    const edges = [{ from: first.id, to: second, kind: 'next', when: { experiment: { name: 'a', from: 0, to: 50 } } }];
    await ask('PUT /v1/series/{series}/graph', { params, json: { edges } });
    await ask('PUT /v1/series/{series}/graph', { params, json: { edges: [{ ...edges[0], to: first.id }] } });
    await ask('GET /v1/series/{series}/graph', { params });
    await ask('POST /v1/series/{series}/episodes/reorder', { params, json: { episodeIds: [second, first.id] } });
    const drop = {
      at: '2027-01-01T00:00:00Z',
      episodes: [second],
      policies: [{ scope: 'series', id: series.slug, policy: { coinPrice: 1 } }],
    };
    const made = await ask<{ id: string }>('POST /v1/drops', { json: drop });
    await ask('POST /v1/drops', { json: drop, query: '?dryRun=1' });
    await ask('POST /v1/drops', { json: { episodes: [second] } });
    await ask('POST /v1/drops/preflight', { json: drop });
    await ask('GET /v1/drops', { query: '?limit=3' });
    await ask('GET /v1/drops/{drop}', { params: { drop: made.id } });
    await ask('DELETE /v1/drops/{drop}', { params: { drop: made.id } });
    await ask('DELETE /v1/drops/{drop}', { params: { drop: made.id } });
    await ask('POST /v1/episodes/{episode}/unpublish', { params: { episode: first.id } });
    await ask('DELETE /v1/episodes/{episode}', { params: { episode: second } });
  });

  test('uploads and jobs', async () => {
    const series = await createSeries();
    const episode = await createEpisode(series.id);
    const params = { episode: episode.id };
    const upload = await apiFetch(`/v1/episodes/${episode.id}/source`, { method: 'PUT', body: 'a few bytes' });
    await expectDocumented('PUT /v1/episodes/{episode}/source', upload);
    const job = await uploadSource(episode.id);
    const tus = {
      'tus-resumable': '1.0.0',
      'upload-length': '4',
      'upload-metadata': metadata({ episodeId: episode.id }),
    };
    await ask('OPTIONS /v1/uploads');
    await ask('POST /v1/uploads', { headers: { ...tus, 'upload-length': 'four' } });
    await ask('POST /v1/uploads', { headers: { ...tus, 'tus-resumable': '0.1' } });
    const begun = await ask<{ id: string }>('POST /v1/uploads', { headers: tus });
    await ask('GET /v1/uploads', { query: `?episode=${episode.id}` });
    const uploadParams = { upload: begun.id };
    await ask('GET /v1/uploads/{upload}', { params: uploadParams });
    const bytes = { ...tus, 'content-type': 'application/offset+octet-stream' };
    await ask('PATCH /v1/uploads/{upload}', { params: uploadParams, headers: { ...bytes, 'upload-offset': '0' } });
    await ask('PATCH /v1/uploads/{upload}', { params: uploadParams, headers: { ...bytes, 'upload-offset': '3' } });
    await ask('DELETE /v1/uploads/{upload}', { params: uploadParams, headers: tus });
    await ask('DELETE /v1/uploads/{upload}', { params: uploadParams, headers: tus });
    await ask('GET /v1/jobs/{job}', { params: { job: job.id } });
    await ask('GET /v1/jobs', { query: `?episode=${episode.id}` });
    await ask('GET /v1/jobs', { query: '?state=queued&limit=5' });
    await ask('GET /v1/jobs', { query: '?state=failed' });
    await ask('GET /v1/jobs', { query: '?state=lost' });
    await ask('GET /v1/jobs/{job}');
    await ask('POST /v1/jobs/{job}/cancel', { params: { job: job.id } });
    await ask('POST /v1/jobs/{job}/retry', { params: { job: job.id } });
    await ask('POST /v1/jobs/{job}/retry', { params: { job: job.id } });
    await ask('POST /v1/episodes/{episode}/source', { params, json: { url: 'https://10.0.0.1/' } });
    await ask('POST /v1/episodes/{episode}/source', { params, json: { url: 'http://127.0.0.1:9/none.mp4' } });
    await ask('POST /v1/episodes/{episode}/hls', { params, json: { prefix: 'nothing/there' } });
  });
});

describe('what is about a viewer answers as documented', () => {
  test('to a backend', async () => {
    const series = await createSeries({
      coinPrice: 10,
      previewSeconds: 3,
      wait: { hours: 1 },
      ad: { adsPerUnlock: 2, dailyCap: 9 },
    });
    const episode = await publishedEpisode(series.id);
    const viewerId = newViewerId();
    const params = { viewerId };
    await ask('POST /v1/viewer-tokens', { json: { viewerId, ttlSeconds: 60 } });
    await ask('GET /v1/viewers/{viewerId}/access', { params, query: `?episodeId=${episode.id}` });
    await ask('GET /v1/viewers/{viewerId}/access', { params, query: `?series=${series.slug}` });
    await ask('GET /v1/viewers/{viewerId}/access', { params, query: '?country=nowhere' });
    const buy = { episodeId: episode.id, method: 'coins' };
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: buy });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: buy, ...withKey() });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: { ...buy, method: 'ad' }, ...withKey() });
    await ask('POST /v1/viewers/{viewerId}/ad-intents', { params, json: { episodeId: episode.id } });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: { ...buy, method: 'wait' }, ...withKey() });
    const credit = { coins: 25, kind: 'paid', reference: randomUUID(), expiresAt: '2030-01-01T00:00:00Z' };
    await ask('POST /v1/viewers/{viewerId}/credits', { params, json: credit, ...withKey() });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: { ...buy, expectedCoins: 3 }, ...withKey() });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: buy, ...withKey() });
    await ask('POST /v1/viewers/{viewerId}/unlocks', { params, json: buy, ...withKey() });
    await ask('GET /v1/viewers/{viewerId}/unlocks', { params });
    await ask('GET /v1/viewers/{viewerId}/wallet', { params });
    await ask('GET /v1/viewers/{viewerId}/ledger', { params, query: '?limit=1' });
    await ask('GET /v1/viewers/{viewerId}/auto-unlock', { params });
    const { id: grant } = await ask<{ id: string }>('POST /v1/viewers/{viewerId}/grants', {
      params,
      json: { scope: 'series', id: series.slug, pass: 'vip' },
    });
    await ask('DELETE /v1/viewers/{viewerId}/grants/{grant}', { params: { viewerId, grant } });
    await ask('DELETE /v1/viewers/{viewerId}/grants/{grant}', { params: { viewerId, grant } });
    await ask('GET /v1/viewers/{viewerId}/resume', { params, query: `?series=${series.slug}` });
    await ask('GET /v1/viewers/{viewerId}/sessions', { params });
    await ask('GET /v1/viewers/{viewerId}/devices', { params });
    await ask('DELETE /v1/viewers/{viewerId}/devices/{device}', { params });
    const reconciliation = 'PUT /v1/viewers/{viewerId}/reconciliation';
    await ask(reconciliation, { params, json: { state: 'reconciling' } });
    await ask('POST /v1/viewers/{viewerId}/credits', { params, json: credit, ...withKey() });
    await ask(reconciliation, { params, json: { state: 'open' } });
    await ask('GET /v1/viewers/{viewerId}/reconciliation', { params });
    const correction = { coins: 6_000, kind: 'bonus', reason: 'a test', actor: 'dana' };
    const held = await ask<{ id: string }>('POST /v1/viewers/{viewerId}/adjustments', {
      params,
      json: correction,
      ...withKey(),
    });
    await ask('GET /v1/viewers/{viewerId}/adjustments', { params });
    const adjustment = { ...params, adjustment: held.id };
    await ask('POST /v1/viewers/{viewerId}/adjustments/{adjustment}/approve', { params: adjustment });
    await ask('DELETE /v1/viewers/{viewerId}/adjustments/{adjustment}', { params: adjustment });
    await ask('POST /v1/viewers/{viewerId}/adjustments/{adjustment}/approve', { params: adjustment });
    await ask('POST /v1/viewers/{viewerId}/revocations', { params });
  });

  test('to the viewer', async () => {
    const series = await createSeries({ freeEpisodes: 1, coinPrice: 10 });
    const first = await publishedEpisode(series.id, 1);
    const second = await publishedEpisode(series.id, 2);
    const token = await viewerToken(newViewerId());
    const json = (body: unknown) => ({
      json: body,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
    });
    await ask('GET /v1/feed', { token, query: `?series=${series.slug}&resume=1` });
    await ask('GET /v1/feed', { token });
    await ask('GET /v1/episodes/{episode}/playlist.m3u8', { token, params: { episode: first.id } });
    await ask('GET /v1/episodes/{episode}/playlist.m3u8', { token, params: { episode: second.id } });
    await ask('GET /v1/episodes/{episode}/playlist.m3u8', { token: 'no.token.this', params: { episode: second.id } });
    await ask('GET /v1/episodes/{episode}/next', { token, params: { episode: first.id } });
    await ask('GET /v1/episodes/{episode}/next', { token, params: { episode: second.id } });
    await ask('POST /v1/me/heartbeat', { token });
    await ask('DELETE /v1/me/session', { token });
    await ask('GET /v1/me/access', { token, query: `?series=${series.slug}` });
    await ask('GET /v1/me/wallet', { token });
    await ask('POST /v1/me/unlocks', {
      ...json({ episodeId: second.id, method: 'coins' }),
      query: `?item=${second.id}`,
    });
    await ask('PUT /v1/me/resume', json({ episodeId: first.id, positionSeconds: 2 }));
    await ask('GET /v1/me/resume', { token, query: `?series=${series.slug}` });
    await ask('POST /v1/me/ad-intents', json({ episodeId: second.id }));
    await ask('PUT /v1/me/auto-unlock', json({ enabled: true, dailyCapCoins: 20 }));
    await ask('GET /v1/me/auto-unlock', { token });
    await ask('POST /v1/events', json({ events: [viewEvent(first.id)] }));
    await ask('POST /v1/events', json({ events: [{}] }));
    await ask('GET /v1/analytics/episodes/{episode}/segment-reports', { params: { episode: first.id } });
    await ask('GET /v1/analytics/episodes/{episode}/retention', { params: { episode: first.id } });
    await ask('GET /v1/analytics/episodes/{episode}/retention', { params: { episode: first.id }, query: '?from=now' });
  });

  test('numbers, as JSON and as tables, and alerts', async () => {
    const series = await createSeries();
    const params = { series: series.id, episode: (await publishedEpisode(series.id)).id };
    const compared = '?segment=country:DE&against=country:US';
    for (const path of ['episodes/{episode}/retention', 'series/{series}/funnel']) {
      await ask(`GET /v1/analytics/${path}`, { params });
      await ask(`GET /v1/analytics/${path}`, { params, query: `${compared}&compareFrom=2026-01-01` });
    }
    for (const path of ['episodes/{episode}', 'series/{series}']) {
      await ask(`GET /v1/analytics/${path}/qoe`, { params, query: '?by=country,device,rendition' });
      await ask(`GET /v1/analytics/${path}/qoe`, { params, query: compared });
      await ask(`GET /v1/analytics/${path}/timeseries`, { params, query: '?grain=hour' });
      await ask(`GET /v1/analytics/${path}/timeseries`, { params, query: '?grain=week' });
      await ask(`GET /v1/analytics/${path}/timeseries`, { params, query: '?format=csv' });
    }
    await ask('GET /v1/analytics/episodes/{episode}/dropoffs', { params });
    for (const path of ['overview', 'live', 'cost']) {
      await ask(`GET /v1/analytics/${path}`);
      await ask(`GET /v1/analytics/${path}`, { query: '?series=nobody' });
      await ask(`GET /v1/analytics/${path}`, { query: '?format=csv' });
    }
    await ask('GET /v1/analytics/series/{series}/funnel', { params: { series: 'nobody' } });
    const rule = { name: 'x', metric: 'rebufferPercentage', comparison: 'above', threshold: 2.5 };
    const { id: alert } = await ask<{ id: string }>('POST /v1/alerts', {
      json: { ...rule, scope: { seriesId: series.id } },
    });
    await ask('POST /v1/alerts', { json: { ...rule, metric: 'none' } });
    await ask('GET /v1/alerts');
    await ask('PATCH /v1/alerts/{alert}', { params: { alert }, json: { scope: { episodeId: params.episode } } });
    await ask('PATCH /v1/alerts/{alert}', { params: { alert }, json: { scope: null, enabled: false } });
    await ask('GET /v1/alerts/{alert}', { params: { alert } });
    await ask('DELETE /v1/alerts/{alert}', { params: { alert } });
    await ask('DELETE /v1/alerts/{alert}', { params: { alert } });
  });
});

function viewEvent(episodeId: string) {
  const [viewId, sessionId] = [randomUUID(), randomUUID()];
  return {
    viewId,
    sessionId,
    episodeId,
    seq: 1,
    watched: [[0, 1.5]],
    startupMs: 80,
    stalls: [],
    ended: false,
    leftBy: null,
  };
}

test('what operators run answers as documented', async () => {
  const { kid } = await ask<{ kid: string }>('POST /v1/signing-keys', { json: {} });
  await ask('GET /v1/signing-keys');
  await ask('PATCH /v1/signing-keys/{kid}', { params: { kid }, json: { retireAt: '2030-01-01T00:00:00Z' } });
  await ask('DELETE /v1/signing-keys/{kid}', { params: { kid } });
  await ask('POST /v1/signing-keys', { json: { jwksUrl: 'https://127.0.0.1/keys' } });
  await ask('DELETE /v1/signing-keys/sources/{source}');
  await ask('GET /.well-known/jwks.json');
  const { id: key } = await ask<{ id: string }>('POST /v1/api-keys', {
    json: { label: 'contract', scopes: ['catalog'] },
  });
  await ask('GET /v1/api-keys', { query: '?limit=1' });
  await ask('POST /v1/api-keys/{key}/rotate', { params: { key } });
  await ask('DELETE /v1/api-keys/{key}', { params: { key } });
  await ask('GET /v1/audit-log', { query: '?limit=5' });
  const { id: endpoint } = await ask<{ id: string }>('POST /v1/webhook-endpoints', {
    json: { url: 'http://127.0.0.1:9/hooks', events: ['episode.published'] },
  });
  await ask('GET /v1/webhook-endpoints');
  await ask('GET /v1/webhook-endpoints/{endpoint}', { params: { endpoint } });
  await ask('PATCH /v1/webhook-endpoints/{endpoint}', { params: { endpoint }, json: { description: 'nobody there' } });
  await ask('POST /v1/webhook-endpoints/{endpoint}/rotate-secret', { params: { endpoint } });
  await ask('POST /v1/webhook-endpoints/{endpoint}/test', { params: { endpoint } });
  const series = await createSeries();
  await publishedEpisode(series.id);
  const { items } = await ask<{ items: { id: string }[] }>('GET /v1/webhook-events', { query: '?limit=5' });
  await ask('POST /v1/webhook-events/{event}/replay', { params: { event: items[0]?.id ?? '' } });
  await ask('PATCH /v1/webhook-endpoints/{endpoint}', { params: { endpoint }, json: { enabled: false } });
  await ask('GET /v1/webhook-endpoints/{endpoint}', { params: { endpoint } });
  await ask('DELETE /v1/webhook-endpoints/{endpoint}', { params: { endpoint } });
  await ask('GET /health');
  await ask('POST /v1/demo/session', { json: {} });
});

test('most calls were judged', () => {
  expect(seen.size).toBeGreaterThan(85);
});
