import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { listApiKeys, type ApiKeyWire } from '../support/api-keys.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';

const makeKey = async (more: object = {}): Promise<ApiKeyWire> =>
  jsonOf<ApiKeyWire>(await apiFetch('/v1/api-keys', { json: { label: 'a test', scopes: ['catalog'], ...more } }), 201);
const use = (key: string): Promise<Response> =>
  edgeFetch('/v1/series?limit=1', { headers: { authorization: `Bearer ${key}` } });
const rotate = (id: string, body: object = {}): Promise<Response> =>
  apiFetch(`/v1/api-keys/${id}/rotate`, { json: body });

const listed = async (id: string): Promise<ApiKeyWire | undefined> =>
  (await listApiKeys()).find((each) => each.id === id);

describe('an API key', () => {
  test('names itself: where it is from, the end of its id, its secret, its checksum', async () => {
    const { id, key } = await makeKey();
    expect(key).toMatch(new RegExp(`^sk_local_${id.slice(-8)}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`));
    expect(await statusOf(await use(key))).toBe(200);
  });

  test('with a mistyped character is told so, by its checksum', async () => {
    const { key } = await makeKey();
    const wrong = key.slice(0, 30) + (key[30] === 'x' ? 'y' : 'x') + key.slice(31);
    expect((await expectProblem(await use(wrong), 'api-key-invalid')).detail).toContain('checksum');
    expect((await expectProblem(await use(key.slice(0, -1)), 'api-key-invalid')).detail).toContain('checksum');
  });

  test('works until it expires, and not from then on', async () => {
    const { id, key } = await makeKey({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    expect(await statusOf(await use(key))).toBe(200);
    await sleep(1_600);
    expect((await expectProblem(await use(key), 'api-key-invalid')).detail).toContain('expired');
    expect(await listed(id)).toBeDefined();
    await expectProblem(await rotate(id), 'conflict');
  });

  test('cannot be made to have expired', async () => {
    const json = { label: 'x', scopes: ['catalog'], expiresAt: '2020-01-01T00:00:00Z' };
    await expectProblem(await apiFetch('/v1/api-keys', { json }), 'invalid-request');
  });

  test('says when it was last used, to the minute', async () => {
    const { id, key } = await makeKey();
    expect((await listed(id))?.lastUsedAt).toBeNull();
    const before = Date.now();
    await statusOf(await use(key));
    const first = await expect
      .poll(async () => (await listed(id))?.lastUsedAt, { timeout: 60_000 })
      .not.toBeNull()
      .then(() => listed(id));
    expect(Date.parse(first?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(before);
    await Promise.all(Array.from({ length: 10 }, async () => statusOf(await use(key))));
    await sleep(200);
    expect((await listed(id))?.lastUsedAt).toBe(first?.lastUsedAt);
  });
});

describe('a rotated API key', () => {
  test('opens with both secrets until the overlap ends, then with the new one only', async () => {
    const old = await makeKey();
    const { key, previousUntil } = await jsonOf<ApiKeyWire>(await rotate(old.id, { overlapSeconds: 2 }));
    expect(key).not.toBe(old.key);
    expect(previousUntil).not.toBeNull();
    expect([await statusOf(await use(old.key)), await statusOf(await use(key))]).toEqual([200, 200]);
    await sleep(2_100);
    await expectProblem(await use(old.key), 'api-key-invalid');
    expect(await statusOf(await use(key))).toBe(200);
    expect((await listed(old.id))?.previousUntil).toBeNull();
  });

  test('whose old secret leaked ends it at once', async () => {
    const old = await makeKey();
    const { key } = await jsonOf<ApiKeyWire>(await rotate(old.id, { overlapSeconds: 0 }));
    await expectProblem(await use(old.key), 'api-key-invalid');
    expect(await statusOf(await use(key))).toBe(200);
  });

  test('is not rotated again while it overlaps: a backend that has not changed over keeps its key', async () => {
    const old = await makeKey();
    const answers = await Promise.all([1, 2, 3].map(() => rotate(old.id)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect(await statusOf(await use(old.key))).toBe(200);
    await expectProblem(await rotate(old.id), 'conflict');
  });

  test('in an emergency ends every older secret', async () => {
    const old = await makeKey();
    const second = await jsonOf<ApiKeyWire>(await rotate(old.id));
    const third = await jsonOf<ApiKeyWire>(await rotate(old.id, { overlapSeconds: 0 }));
    for (const { key } of [old, second]) await expectProblem(await use(key), 'api-key-invalid');
    expect(await statusOf(await use(third.key))).toBe(200);
  });

  test('that is deleted is gone with both', async () => {
    const old = await makeKey();
    const { key } = await jsonOf<ApiKeyWire>(await rotate(old.id));
    expect(await statusOf(await apiFetch(`/v1/api-keys/${old.id}`, { method: 'DELETE' }))).toBe(204);
    for (const each of [old.key, key]) await expectProblem(await use(each), 'api-key-invalid');
    await expectProblem(await rotate(old.id), 'not-found');
  });

  test.each([{ overlapSeconds: -1 }, { overlapSeconds: 700_000 }, { overlapSeconds: '1' }, { other: 1 }])(
    'is not rotated by %j',
    async (body) => {
      await expectProblem(await rotate((await makeKey()).id, body), 'invalid-request');
    },
  );
});
