import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { listApiKeys } from '../support/api-keys.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { concretePath, OTHER_ROUTES, ROUTES, SCOPES, type Route, type Scope } from '../support/routes.ts';
import { callsOf } from '../support/served-calls.ts';
import { removeEveryKey } from '../support/tokens.ts';

interface ApiKey {
  readonly id: string;
  readonly key: string;
}

const keys = new Map<Scope, ApiKey>();
const makeKey = async (scopes: readonly Scope[]): Promise<ApiKey> =>
  jsonOf<ApiKey>(await apiFetch('/v1/api-keys', { json: { label: 'a test', scopes } }), 201);

beforeAll(async () => {
  for (const scope of SCOPES) keys.set(scope, await makeKey([scope]));
});

function call({ method, path }: Route, key: string | null): Promise<Response> {
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"nothing":"known"}' };
  const headers = { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
  return edgeFetch(concretePath(path), { method, headers, ...body });
}
const keyOf = (scope: Scope): string => keys.get(scope)?.key ?? '';

// Its calls make keys, and only four may be live.
afterAll(removeEveryKey);

describe('every call of the management API', () => {
  test('is in the table below: a new one must say what it needs', async () => {
    const known = new Set([...ROUTES.map(({ method, path }) => `${method} ${path}`), ...OTHER_ROUTES]);
    const served = [...(await callsOf('api/app.ts')), ...(await callsOf('analytics/app.ts'))];
    expect(served.filter((each) => !known.has(each))).toEqual([]);
    expect([...known].filter((each) => !served.includes(each))).toEqual([]);
  });

  const table = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);

  test.each(table)('%s is refused without a key, and with one that is none', async (_, route) => {
    const answer = await call(route, null);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    await expectProblem(answer, 'api-key-missing');
    await expectProblem(
      await call(route, 'sk_local_abcdefgh_0123456789012345678901234567890123456789012'),
      'api-key-invalid',
    );
  });

  test.each(table)('%s is refused to a key of any other scope, and says which it needs', async (_, route) => {
    for (const scope of SCOPES.filter((each) => each !== route.scope)) {
      const refused = await expectProblem(await call(route, keyOf(scope)), 'insufficient-scope');
      expect(refused['scope']).toBe(route.scope);
    }
  });

  test.each(table)('%s is let through with its own scope', async (_, route) => {
    expect([401, 403]).not.toContain(await statusOf(await call(route, keyOf(route.scope))));
  });
});

describe('an API key', () => {
  test('with two scopes has exactly those two', async () => {
    const { key } = await makeKey(['catalog', 'analytics']);
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
      const isOpen = route.scope === 'catalog' || route.scope === 'analytics';
      expect((await statusOf(await call(route, key))) !== 403, route.path).toBe(isOpen);
    }
  });

  test('that is taken away is good for nothing at once', async () => {
    const { id, key } = await makeKey(['catalog']);
    expect(await statusOf(await edgeFetch('/v1/series', { headers: { authorization: `Bearer ${key}` } }))).toBe(200);
    expect(await statusOf(await apiFetch(`/v1/api-keys/${id}`, { method: 'DELETE' }))).toBe(204);
    await expectProblem(
      await edgeFetch('/v1/series', { headers: { authorization: `Bearer ${key}` } }),
      'api-key-invalid',
    );
    await expectProblem(await apiFetch(`/v1/api-keys/${id}`, { method: 'DELETE' }), 'not-found');
  });

  test('is shown once: no list has it, nor its hash', async () => {
    const { id, key } = await makeKey(['catalog']);
    const listed = JSON.stringify(await listApiKeys());
    expect(listed).toContain(id);
    expect(listed).not.toContain(key);
    expect(listed).not.toMatch(/sha256|secret/i);
  });

  test.each(['', 'Basic c2s6', 'Bearer', 'Bearer ', 'Token x', 'Bearer a b'])(
    'does not come as %j',
    async (authorization) => {
      expect(await statusOf(await edgeFetch('/v1/series', { headers: { authorization } }))).toBe(401);
    },
  );

  test('does not come in the query, where logs would keep it', async () => {
    await expectProblem(
      await edgeFetch(`/v1/series?token=${keyOf('catalog')}&key=${keyOf('catalog')}`),
      'api-key-missing',
    );
  });

  test.each([
    { scopes: [] },
    { scopes: ['everything'] },
    { scopes: 'catalog' },
    { scopes: ['catalog'], label: '' },
    { label: 'x' },
  ])('is not made of %j', async (body) => {
    await expectProblem(await apiFetch('/v1/api-keys', { json: { label: 'x', ...body } }), 'invalid-request');
  });
});
