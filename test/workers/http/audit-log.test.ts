/** @see security.md API-13 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries } from '../support/library.ts';
import { concretePath, ROUTES } from '../support/routes.ts';
import { removeEveryKey } from '../support/tokens.ts';

interface Entry {
  readonly id: string;
  readonly apiKeyId: string;
  readonly route: string;
  readonly target: string;
  readonly status: number;
  readonly requestId: string;
  readonly at: string;
}

interface Page {
  readonly items: Entry[];
  readonly nextCursor: string | null;
}

const page = async (query: string): Promise<Page> => jsonOf<Page>(await apiFetch(`/v1/audit-log?${query}`));

/** Written behind the answer, so it may take a moment. */
async function entryOf(answer: Response): Promise<Entry | undefined> {
  const requestId = answer.headers.get('request-id');
  await answer.arrayBuffer();
  const find = async () => (await page('limit=100')).items.find((entry) => entry.requestId === requestId);
  await expect.poll(find, { timeout: 60_000 }).toBeDefined();
  return find();
}

describe('the audit log', () => {
  test('says who made what, and what came of it', async () => {
    const answer = await apiFetch('/v1/series', { json: { slug: `s-${randomUUID()}`, title: 'x' } });
    const location = answer.headers.get('location');
    expect(await entryOf(answer)).toMatchObject({
      apiKeyId: 'root',
      route: 'POST /v1/series',
      target: location,
      status: 201,
    });
  });

  test('names the episode whose media came, not the job that works on it', async () => {
    const { id } = await createEpisode((await createSeries()).id);
    const put = await apiFetch(`/v1/episodes/${id}/source`, { method: 'PUT', body: 'a source of a few bytes' });
    expect(put.headers.get('location')).toMatch(/^\/v1\/jobs\//);
    expect(await entryOf(put)).toMatchObject({ target: `/v1/episodes/${id}/source`, status: 202 });
  });

  test('has the key that was used, also where it lacked the scope', async () => {
    const { id, key } = await jsonOf<{ id: string; key: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'x', scopes: ['analytics'] } }),
      201,
    );
    const headers = { authorization: `Bearer ${key}` };
    const refused = await edgeFetch('/v1/episodes/ep_none', { method: 'DELETE', headers });
    expect(await entryOf(refused)).toMatchObject({
      apiKeyId: id,
      route: 'DELETE /v1/episodes/:episode',
      target: '/v1/episodes/ep_none',
      status: 403,
    });
  });

  test('has every call that changes something, of every route', async () => {
    const since = new Date().toISOString();
    const left = new Set(['POST /v1/viewer-tokens']);
    const routes = ROUTES.filter(({ method }) => method !== 'GET');
    for (const { method, path } of routes) {
      const body = method === 'DELETE' ? {} : { body: '{"nothing":"known"}' };
      const headers = { 'content-type': 'application/json' };
      await statusOf(await apiFetch(concretePath(path), { method, headers, ...body }));
    }
    const expected = routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !left.has(route));
    const seen = async () => new Set((await page(`limit=100&since=${since}`)).items.map(({ route }) => route));
    await expect.poll(async () => expected.filter((route) => !left.has(route)).length - (await seen()).size).toBe(0);
    expect([...(await seen())].toSorted()).toEqual(expected.toSorted());
    await removeEveryKey();
  });

  test('names viewers by a keyed hash only: it outlives their erasure', async () => {
    const viewerId = `audit-${randomUUID()}`;
    const answer = await apiFetch(`/v1/viewers/${viewerId}/credits`, {
      json: { coins: 1, kind: 'bonus' },
      headers: { 'idempotency-key': randomUUID() },
    });
    expect((await entryOf(answer))?.target).toMatch(/^\/v1\/viewers\/~[A-Za-z0-9_-]{22}\/credits$/);
    expect(await (await apiFetch('/v1/audit-log?limit=100')).text()).not.toContain(viewerId);
  });

  test('has no secret that a call showed or took', async () => {
    const { key } = await jsonOf<{ key: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'not in the log', scopes: ['catalog'] } }),
      201,
    );
    const text = await (await apiFetch('/v1/audit-log?limit=100')).text();
    expect(text).not.toContain(key);
    expect(text).not.toContain('not in the log');
  });

  test('leaves out reads, and who has no key', async () => {
    const read = await apiFetch('/v1/series');
    const stranger = await edgeFetch('/v1/series', { method: 'POST', body: '{}' });
    const marker = await apiFetch('/v1/series/none', { method: 'DELETE' });
    const ids = [read, stranger].map((answer) => answer.headers.get('request-id'));
    expect(await entryOf(marker)).toBeDefined();
    const { items } = await page('limit=100');
    expect(items.filter(({ requestId }) => ids.includes(requestId))).toEqual([]);
  });

  test('leaves out rehearsals that went well, replayed ones too; a query elsewhere hides nothing', async () => {
    const drop = { episodes: ['ep_none'], policies: [] };
    const again = { headers: { 'idempotency-key': randomUUID() } };
    const rehearsed = [
      await apiFetch('/v1/drops/preflight', { json: drop }),
      await apiFetch('/v1/drops?dryRun=1', { json: drop, ...again }),
      await apiFetch('/v1/drops?dryRun=1', { json: drop, ...again }),
    ];
    expect(rehearsed.map(({ status }) => status)).toEqual([200, 200, 200]);
    const refused = await apiFetch('/v1/drops?dryRun=1', { json: {} });
    const hidden = await apiFetch('/v1/series/none?dryRun=1', { method: 'DELETE' });
    expect(await entryOf(refused)).toBeDefined();
    expect(await entryOf(hidden)).toBeDefined();
    const ids = rehearsed.map((answer) => answer.headers.get('request-id'));
    const { items } = await page('limit=100');
    expect(items.filter(({ requestId }) => ids.includes(requestId))).toEqual([]);
  });

  test('is read page by page, the newest first, each entry once', async () => {
    for (let n = 0; n < 5; n++) await statusOf(await apiFetch(`/v1/series/none-${n}`, { method: 'DELETE' }));
    const first = await page('limit=3');
    const second = await page(`limit=3&cursor=${first.nextCursor}`);
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect(new Set(ids).size).toBe(6);
  });

  test.each(['since=yesterday', 'cursor=x', 'limit=0', 'limit=101'])('is not read with ?%s', async (query) => {
    expect(await statusOf(await apiFetch(`/v1/audit-log?${query}`))).toBe(400);
  });
});
