/** ETag, If-Match and If-None-Match. @see RFC 9110 8.8.3 and 13.1, security.md API-6 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsOf, type OpenApi } from '../../../scripts/openapi/document-types.ts';
import { HEEDS_IF_MATCH } from '../../../workers/api/http/heeds-if-match.ts';
import { apiFetch } from '../../support/edge.ts';
import { transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, uploadSource } from '../support/library.ts';
import { concretePath, ROUTES } from '../support/routes.ts';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as OpenApi;

interface Resource {
  readonly path: string;
  /** The write that changes it: a body that says `n`. */
  readonly write: (n: number, headers?: Record<string, string>) => Promise<Response>;
}

const resources = new Map<string, Resource>();
const NAMES = [
  'a series',
  'an episode',
  'the policy of a series',
  'the policy of a season',
  'the policy of an episode',
  'a title in another language',
  'a webhook endpoint',
  'the product of a store',
  'a signing key',
];

beforeAll(async () => {
  const { id: seriesId } = await createSeries();
  const { id: episodeId } = await createEpisode(seriesId);
  const season = await jsonOf<{ id: string }>(
    await apiFetch(`/v1/series/${seriesId}/seasons`, { json: { number: 1, title: 'One' } }),
    201,
  );
  const patch = (path: string): Resource => ({
    path,
    write: (n, headers = {}) => apiFetch(path, { method: 'PATCH', json: { title: `title ${n}` }, headers }),
  });
  const put = (path: string): Resource => ({
    path,
    write: (n, headers = {}) => apiFetch(path, { method: 'PUT', json: { coinPrice: n }, headers }),
  });
  const write = (method: string, path: string, json: (n: number) => object): Resource => ({
    path,
    write: (n, headers = {}) => apiFetch(path, { method, json: json(n), headers }),
  });
  const written = [
    patch(`/v1/series/${seriesId}`),
    patch(`/v1/episodes/${episodeId}`),
    put(`/v1/series/${seriesId}/access`),
    put(`/v1/series/${seriesId}/seasons/${season.id}/access`),
    put(`/v1/episodes/${episodeId}/access`),
    write('PUT', `/v1/episodes/${episodeId}/localisations/es-MX`, (n) => ({ title: `título ${n}` })),
    write('PATCH', await made('/v1/webhook-endpoints', { url: 'https://example.com/hook' }), (n) => ({
      description: `number ${n}`,
    })),
    write('PUT', `/v1/products/app-store/${randomUUID()}`, (n) => ({ coins: n + 1 })),
    write('PATCH', await made('/v1/signing-keys', {}), (n) => ({
      retireAt: new Date(Date.UTC(2099, 0, 1) + n * 1_000).toISOString(),
    })),
  ];
  for (const { path, write: first } of written)
    if ((await statusOf(await apiFetch(path))) === 404) await statusOf(await first(0));
  for (const [index, resource] of written.entries()) resources.set(NAMES[index] ?? '', resource);
});

afterAll(async () => {
  for (const name of ['a webhook endpoint', 'a signing key'])
    await statusOf(await apiFetch(resourceOf(name).path, { method: 'DELETE' }));
});

/** The path of what a POST makes. */
async function made(path: string, json: object): Promise<string> {
  const answer = await apiFetch(path, { json });
  await jsonOf(answer, 201);
  return answer.headers.get('location') ?? '';
}

function resourceOf(name: string): Resource {
  const resource = resources.get(name);
  if (resource === undefined) throw new Error(`no ${name}`);
  return resource;
}

async function etagOf(path: string): Promise<string> {
  const answer = await apiFetch(path);
  await answer.arrayBuffer();
  return answer.headers.get('etag') ?? 'none';
}

describe.each(NAMES)('%s', (name) => {
  test('has a strong ETag that stays while nothing changes, and that no proxy may weaken', async () => {
    const { path } = resourceOf(name);
    const etag = await etagOf(path);
    expect(etag).toMatch(/^"[0-9]+-[A-Za-z0-9_-]{22}"$/);
    expect(await etagOf(path)).toBe(etag);
    expect((await apiFetch(path)).headers.get('cache-control')).toContain('no-transform');
  });

  test('that a client has already is not sent again', async () => {
    const { path } = resourceOf(name);
    const etag = await etagOf(path);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await apiFetch(path, { headers: { 'if-none-match': known } });
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect(await statusOf(await apiFetch(path, { method: 'HEAD', headers: { 'if-none-match': etag } }))).toBe(304);
    expect(await statusOf(await apiFetch(path, { headers: { 'if-none-match': '"other"' } }))).toBe(200);
  });

  test('is written with the ETag that was read, and answers with the next one', async () => {
    const { path, write } = resourceOf(name);
    const before = await etagOf(path);
    const answer = await write(1, { 'if-match': before });
    expect(await statusOf(answer)).toBe(200);
    expect(answer.headers.get('etag')).toBe(await etagOf(path));
    expect(answer.headers.get('etag')).not.toBe(before);
  });

  test('is not written with an ETag from before', async () => {
    const { path, write } = resourceOf(name);
    const stale = await etagOf(path);
    expect(await statusOf(await write(2))).toBe(200);
    const body = await (await apiFetch(path)).text();
    for (const header of [stale, `W/${await etagOf(path)}`, '"nothing"', 'nothing'])
      await expectProblem(await write(3, { 'if-match': header }), 'precondition-failed');
    expect(await (await apiFetch(path)).text()).toBe(body);
  });

  test('is written by one of twenty who all read the same: the others are told', async () => {
    const { path, write } = resourceOf(name);
    const etag = await etagOf(path);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => write(100 + n, { 'if-match': etag })));
    const statuses = await Promise.all(answers.map(statusOf));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
  });

  test('is written without If-Match as ever, and with *', async () => {
    const { write } = resourceOf(name);
    expect([await statusOf(await write(7)), await statusOf(await write(8, { 'if-match': '*' }))]).toEqual([200, 200]);
  });
});

describe('a policy that nobody has put yet', () => {
  test('is put by one of twenty who all saw none', async () => {
    const { id } = await createSeries();
    const path = `/v1/series/${id}/access`;
    const etag = await etagOf(path);
    const put = (n: number): Promise<Response> =>
      apiFetch(path, { method: 'PUT', json: { coinPrice: n }, headers: { 'if-match': etag } });
    const statuses = await Promise.all(Array.from({ length: 20 }, async (_, n) => statusOf(await put(n))));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });
});

describe('a delete', () => {
  test('with an ETag from before deletes nothing, the policies neither', async () => {
    const series = await createSeries({ coinPrice: 5 });
    const episode = await createEpisode(series.id);
    for (const path of [`/v1/episodes/${episode.id}`, `/v1/series/${series.id}`]) {
      const stale = await etagOf(path);
      await jsonOf(await apiFetch(path, { method: 'PATCH', json: { title: randomUUID() } }));
      await expectProblem(
        await apiFetch(path, { method: 'DELETE', headers: { 'if-match': stale } }),
        'precondition-failed',
      );
      expect(await statusOf(await apiFetch(path))).toBe(200);
    }
    expect(await jsonOf(await apiFetch(`/v1/series/${series.id}/access`))).toMatchObject({ coinPrice: 5 });
  });

  test.each(['a title in another language', 'a webhook endpoint', 'the product of a store', 'a signing key'])(
    'of %s is done with the ETag as it is, and not with one from before',
    async (name) => {
      const { path, write } = resourceOf(name);
      const stale = await etagOf(path);
      await jsonOf(await write(900));
      const remove = (etag: string): Promise<Response> =>
        apiFetch(path, { method: 'DELETE', headers: { 'if-match': etag } });
      await expectProblem(await remove(stale), 'precondition-failed');
      expect(await statusOf(await remove(await etagOf(path)))).toBe(204);
      expect(await statusOf(await apiFetch(path))).toBe(404);
    },
  );

  test('with the ETag as it is deletes', async () => {
    const series = await createSeries();
    const episode = await createEpisode(series.id);
    for (const path of [`/v1/episodes/${episode.id}`, `/v1/series/${series.id}`]) {
      const headers = { 'if-match': await etagOf(path) };
      expect(await statusOf(await apiFetch(path, { method: 'DELETE', headers }))).toBe(204);
      expect(await statusOf(await apiFetch(path))).toBe(404);
    }
  });
});

test('an episode has another ETag when its state changes, though nobody wrote it', async () => {
  const episode = await createEpisode((await createSeries()).id);
  const path = `/v1/episodes/${episode.id}`;
  const draft = await etagOf(path);
  const job = await uploadSource(episode.id);
  expect(await etagOf(path)).not.toBe(draft);
  await transcode(job.id);
  const ready = await apiFetch(path, { headers: { 'if-none-match': draft } });
  expect(await jsonOf(ready)).toMatchObject({ state: 'ready' });
  await expectProblem(
    await apiFetch(`${path}/publish`, { method: 'POST', headers: { 'if-match': draft } }),
    'precondition-failed',
  );
});

test('what is created comes with the ETag that a GET gives', async () => {
  const created = await apiFetch('/v1/series', { json: { slug: `s-${randomUUID()}`, title: 'x' } });
  expect(await statusOf(created)).toBe(201);
  expect(created.headers.get('etag')).toBe(await etagOf(created.headers.get('location') ?? ''));
});

describe('a PUT of what is not there', () => {
  test.each(['/v1/products/app-store/none-yet', ''])('is not done where it insists on a version: %s', async (given) => {
    const path = given || `/v1/series/${(await createSeries()).id}/localisations/fr`;
    const json = given === '' ? { title: 'x' } : { coins: 1 };
    for (const header of ['"1-nothing"', '*'])
      await expectProblem(
        await apiFetch(path, { method: 'PUT', json, headers: { 'if-match': header } }),
        'precondition-failed',
      );
    expect(await statusOf(await apiFetch(path))).toBe(404);
  });
});

describe('every call that changes something', () => {
  const writes = ROUTES.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
  const listed = operationsOf(document)
    .filter(({ operation }) => JSON.stringify(operation).includes('parameters/If-Match'))
    .map(({ call }) => call.replaceAll(/\{(\w+)\}/g, ':$1'));

  test('says in the API document whether it heeds If-Match', () => {
    expect(listed.toSorted()).toEqual([...HEEDS_IF_MATCH].toSorted());
  });

  test.each(writes.filter((call) => !HEEDS_IF_MATCH.has(call)))('%s refuses an If-Match', async (call) => {
    const [method = '', path = ''] = call.split(' ');
    const headers = { 'if-match': '"1-x"', 'idempotency-key': randomUUID(), 'content-type': 'application/json' };
    const body = method === 'DELETE' ? {} : { body: '{}' };
    const answer = await apiFetch(concretePath(path), { method, headers, ...body });
    expect(await expectProblem(answer, 'invalid-request')).toMatchObject({
      detail: 'This call compares no version. Send it without If-Match.',
    });
  });
});
