import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '#core/problem/codes.ts';
import { apiFetch, edgeFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries } from '../support/library.ts';
import { concretePath, OTHER_ROUTES, ROUTES } from '../support/routes.ts';

/** Any refusal, whichever it is, has the form that callers rely on. */
async function expectSomeProblem(response: Response, what: string): Promise<void> {
  const text = await response.text();
  if (response.ok) return;
  expect(response.headers.get('content-type'), what).toBe('application/problem+json');
  const body = JSON.parse(text) as { code: keyof typeof PROBLEMS; status: number };
  expect(PROBLEMS, what).toHaveProperty([body.code]);
  expect(PROBLEMS[body.code].status, what).toBe(response.status);
  expect(body.status, what).toBe(response.status);
  expect(response.status, what).toBeLessThan(500);
  expect(text, what).not.toMatch(/SQLITE|D1_ERROR|at .*\.ts:|drizzle|stack/i);
}

const statusesOf = (answers: readonly Response[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);
const JSON_TYPE = { 'content-type': 'application/json' };
const paths = [
  ...new Set([...ROUTES.map(({ path }) => path), ...OTHER_ROUTES.map((route) => route.split(' ')[1] ?? '')]),
].map(concretePath);

describe('every answer that is not a success is a problem with a known code', () => {
  test.each(paths)('%s, for every method, with a key and without', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const body = method === 'GET' ? {} : { body: '{"a":1}', headers: JSON_TYPE };
      await expectSomeProblem(await edgeFetch(path, { method, ...body }), `${method} without a key`);
      if (method !== 'PUT' || !path.endsWith('/source'))
        await expectSomeProblem(await apiFetch(path, { method, ...body }), `${method} with a key`);
    }
  });

  test.each([
    '{',
    '[]',
    'null',
    '"text"',
    '{"__proto__":{"slug":"x"}}',
    '{"constructor":1}',
    `{"a":${'['.repeat(500)}${']'.repeat(500)}}`,
    '\0',
  ])('for the body %j, on every call that takes one', async (body) => {
    for (const { method, path } of ROUTES.filter(
      (route) => ['POST', 'PUT', 'PATCH'].includes(route.method) && !route.path.endsWith('/source'),
    )) {
      const headers = { ...JSON_TYPE, 'idempotency-key': 'k' };
      await expectSomeProblem(await apiFetch(concretePath(path), { method, body, headers }), `${method} ${path}`);
    }
  });

  test.each([
    '/nothing',
    '/v1',
    '/v1/',
    '/v1/nothing',
    '/v2/series',
    '/v1/series/a/b/c',
    '/m',
    '/m/',
    '/m/x',
    '/.well-known/none',
    '/%2e%2e/x',
    '/v1//series',
  ])('for %s, which is nothing', async (path) => {
    await expectProblem(await apiFetch(path), 'not-found');
  });
});

describe('a JSON call', () => {
  const send = (body: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
    apiFetch('/v1/series', { method: 'POST', body, headers });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
  ])('of the type %s is refused', async (type) => {
    await expectProblem(await send('{"slug":"x","title":"x"}', { 'content-type': type }), 'unsupported-media-type');
  });

  test('of the type application/json; charset=utf-8 is read', async () => {
    const slug = `s-${crypto.randomUUID()}`;
    await jsonOf(
      await send(JSON.stringify({ slug, title: 'Größe' }), { 'content-type': 'application/json; charset=utf-8' }),
      201,
    );
  });

  test('above 64 KiB is refused, with a length and without', async () => {
    const body = JSON.stringify({ slug: 'x', title: 'x'.repeat(70_000) });
    await expectProblem(await send(body), 'body-too-large');
    const status = await new Promise((resolve, reject) => {
      const headers = {
        ...JSON_TYPE,
        authorization: `Bearer ${platformSecrets().apiKey}`,
        'transfer-encoding': 'chunked',
      };
      const sent = request(`${edgeOrigin()}/v1/series`, { method: 'POST', headers }, (response) =>
        resolve(response.resume().statusCode),
      );
      sent.on('error', reject).end(body);
    });
    expect(status).toBe(413);
  });

  test('that is not UTF-8 is refused', async () => {
    await expectProblem(await send(Buffer.from('{"slug":"x","title":"\xff\xfe"}', 'latin1')), 'invalid-request');
  });

  test('with a __proto__ member is refused: what is not known is not let in', async () => {
    await expectProblem(await send('{"slug":"proto-1","title":"x","__proto__":{"a":1}}'), 'invalid-request');
  });

  test('says of each member what is wrong with it', async () => {
    const refused = await expectProblem(await send('{"slug":"Not A Slug","title":"","extra":1}'), 'invalid-request');
    const errors = refused['errors'] as { path: string }[];
    expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['slug', 'title']));
  });

  test.each(['\n', '\u0000', '\u2028', 'a\nhttps://evil.example/x.ts\n#EXTINF:6,'])(
    'takes no title with %j in it: it might stand in a playlist',
    async (piece) => {
      await expectProblem(await send(JSON.stringify({ slug: 'x', title: `a${piece}b` })), 'invalid-request');
    },
  );

  test('that would make the same thing twice is a conflict', async () => {
    const { slug, id } = await createSeries();
    await expectProblem(await send(JSON.stringify({ slug, title: 'x' })), 'conflict');
    for (const kind of ['episodes', 'seasons', 'arcs']) {
      await jsonOf(await apiFetch(`/v1/series/${id}/${kind}`, { json: { number: 1, title: 'x' } }), 201);
      await expectProblem(await apiFetch(`/v1/series/${id}/${kind}`, { json: { number: 1, title: 'x' } }), 'conflict');
    }
  });

  test('that makes the same thing at the same moment makes it once, and is never an error of ours', async () => {
    const { id } = await createSeries();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => apiFetch(`/v1/series/${id}/episodes`, { json: { number: 7, title: 'x' } })),
    );
    expect(statusesOf(answers)).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });
});

describe('a change', () => {
  test('to a number or a slug that is taken is a conflict, also when two come at the same moment', async () => {
    const series = await Promise.all([createSeries(), createSeries(), createSeries(), createSeries()]);
    const slug = `s-${crypto.randomUUID()}`;
    const renamed = await Promise.all(
      series.map(({ id }) => apiFetch(`/v1/series/${id}`, { method: 'PATCH', json: { slug } })),
    );
    expect(statusesOf(renamed)).toEqual([200, 409, 409, 409]);
    const seriesId = series[0]?.id ?? '';
    const episodes = [];
    for (const number of [1, 2, 3, 4]) episodes.push(await createEpisode(seriesId, number));
    const renumbered = await Promise.all(
      episodes.map(({ id }) => apiFetch(`/v1/episodes/${id}`, { method: 'PATCH', json: { number: 9 } })),
    );
    expect(statusesOf(renumbered)).toEqual([200, 409, 409, 409]);
  });
});

describe('an access policy', () => {
  test.each([
    { coinPrice: -1 },
    { coinPrice: 1.5 },
    { coinPrice: '10' },
    { freeEpisodes: -1 },
    { previewSeconds: -1 },
    { previewSeconds: 3_601 },
    { passes: ['VIP!'] },
    { passes: 'vip' },
    { countries: { allow: ['de'] } },
    { countries: { allow: ['DEU'] } },
    { countries: 'DE' },
    { maxHeight: 0 },
    { unknown: 1 },
    { freeWindows: [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }] },
    { freeWindows: [{ from: 'x', to: 'y' }] },
    { ad: { adsPerUnlock: 1 } },
    { wait: { hours: 0 } },
    { rental: { coins: 0, hours: 1 } },
    { rental: { coins: 1 } },
    { bundles: [{ kind: 'next', discountPercent: 10 }] },
    { bundles: [{ kind: 'next', count: 1, discountPercent: 10 }] },
    { bundles: [{ kind: 'series', count: 3, discountPercent: 10 }] },
    { bundles: [{ kind: 'series', discountPercent: 100 }] },
  ])('%j is refused: no rule is stored that is not kept', async (policy) => {
    const { id } = await series();
    await expectProblem(await apiFetch(`/v1/series/${id}/access`, { method: 'PUT', json: policy }), 'invalid-request');
  });

  let once: Promise<{ id: string }> | null = null;
  function series(): Promise<{ id: string }> {
    once ??= createSeries();
    return once;
  }
});
