/** Idempotency-Key on calls of the operator. @see draft-ietf-httpapi-idempotency-key-header-07 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries } from '../support/library.ts';

const post = (path: string, body: object, key: string): Promise<Response> =>
  apiFetch(path, { json: body, headers: { 'idempotency-key': key } });
const newSeries = () => ({ slug: `s-${randomUUID()}`, title: 'x' });

describe('a POST under an Idempotency-Key', () => {
  test('that is repeated is answered the same, and does nothing again', async () => {
    const body = newSeries();
    const key = randomUUID();
    const first = await post('/v1/series', body, key);
    const again = await post('/v1/series', body, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    for (const name of ['location', 'etag', 'content-type'])
      expect(again.headers.get(name)?.split(';')[0]).toBe(first.headers.get(name)?.split(';')[0]);
    expect([again.status, await again.text()]).toEqual([201, await first.text()]);
  });

  test('with another body, or to another parent, is refused', async () => {
    const key = randomUUID();
    await jsonOf(await post('/v1/series', newSeries(), key), 201);
    await expectProblem(await post('/v1/series', newSeries(), key), 'idempotency-key-reused');
    const [one, two] = [await createSeries(), await createSeries()];
    const season = { number: 1, title: 'One' };
    await jsonOf(await post(`/v1/series/${one.id}/seasons`, season, key), 201);
    await expectProblem(await post(`/v1/series/${two.id}/seasons`, season, key), 'idempotency-key-reused');
  });

  test('ten at once do it once: the others wait or get the same', async () => {
    const body = newSeries();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/v1/series', body, key)));
    const created = answers.filter(({ status }) => status === 201);
    const ids = await Promise.all(created.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer.headers.get('retry-after')).toBe('1');
      await expectProblem(answer, 'idempotency-key-in-flight');
    }
    expect(await statusOf(await post('/v1/series', body, key))).toBe(201);
  });

  test('that was refused may be tried again, mended: nothing had been done', async () => {
    const key = randomUUID();
    await expectProblem(await post('/v1/series', { slug: 'No Slug', title: 'x' }, key), 'invalid-request');
    await jsonOf(await post('/v1/series', newSeries(), key), 201);
  });

  test('is another under another API key, and on another route', async () => {
    const key = randomUUID();
    const other = await jsonOf<{ key: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'x', scopes: ['catalog'] } }),
      201,
    );
    const series = await jsonOf<{ id: string }>(await post('/v1/series', newSeries(), key), 201);
    const headers = {
      authorization: `Bearer ${other.key}`,
      'idempotency-key': key,
      'content-type': 'application/json',
    };
    const body = JSON.stringify(newSeries());
    expect(await statusOf(await edgeFetch('/v1/series', { method: 'POST', headers, body }))).toBe(201);
    await jsonOf(await post(`/v1/series/${series.id}/episodes`, { number: 1, title: 'x' }, key), 201);
    await jsonOf(await post(`/v1/series/${series.id}/arcs`, { number: 1, title: 'x' }, key), 201);
  });

  test('gives one grant to a viewer, however often it is sent', async () => {
    const key = randomUUID();
    const path = `/v1/viewers/v-${randomUUID()}/grants`;
    const first = await jsonOf<{ id: string }>(await post(path, { scope: 'all', pass: 'vip' }, key), 201);
    expect(await jsonOf(await post(path, { scope: 'all', pass: 'vip' }, key), 201)).toEqual(first);
  });

  test.each(['a b', 'ü', 'x'.repeat(129)])('is refused with the key %j', async (key) => {
    const headers = { 'idempotency-key': Buffer.from(key, 'utf8').toString('latin1') };
    await expectProblem(await apiFetch('/v1/series', { json: newSeries(), headers }), 'invalid-request');
  });

  test('above the bound of a body is refused before anything is remembered', async () => {
    const key = randomUUID();
    await expectProblem(await post('/v1/series', { ...newSeries(), title: 'x'.repeat(70_000) }, key), 'body-too-large');
    await jsonOf(await post('/v1/series', newSeries(), key), 201);
  });
});

describe('a POST whose answer shows a secret', () => {
  test('is not answered with it twice: the retry says where to rotate', async () => {
    const key = randomUUID();
    const body = { label: randomUUID(), scopes: ['catalog'] };
    const first = await post('/v1/api-keys', body, key);
    const made = await jsonOf<{ id: string; key: string }>(first, 201);
    const problem = await expectProblem(await post('/v1/api-keys', body, key), 'secret-shown-once');
    expect(problem['location']).toBe(`/v1/api-keys/${made.id}`);
    expect(JSON.stringify(problem)).not.toContain(made.key);
  });

  test('rotates once', async () => {
    const made = await jsonOf<{ id: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'x', scopes: ['catalog'] } }),
      201,
    );
    const key = randomUUID();
    expect(await statusOf(await post(`/v1/api-keys/${made.id}/rotate`, { overlapSeconds: 0 }, key))).toBe(200);
    await expectProblem(await post(`/v1/api-keys/${made.id}/rotate`, { overlapSeconds: 0 }, key), 'secret-shown-once');
  });
});
