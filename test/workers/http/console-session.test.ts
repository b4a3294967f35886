/** How the operator's page signs in. @see security.md API-11, API-12; docs/decisions/045-console.md */
import { describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { expectDocumented } from '../contract/validator.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';

interface Key {
  readonly id: string;
  readonly key: string;
}

interface Session {
  readonly apiKeyId: string;
  readonly label: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
}

const makeKey = async (scopes: readonly string[], more: object = {}): Promise<Key> =>
  jsonOf<Key>(await apiFetch('/v1/api-keys', { json: { label: 'a console', scopes, ...more } }), 201);

/** What a browser says of a request that the console's script makes. */
const OWN_PAGE = { 'sec-fetch-site': 'same-origin', 'cliffhanger-console': '1' };

const signIn = (apiKey: string, headers: Record<string, string> = OWN_PAGE): Promise<Response> =>
  edgeFetch('/v1/console/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ apiKey }),
  });

async function cookieOf(apiKey: string): Promise<string> {
  const answer = await signIn(apiKey);
  expect(await statusOf(answer)).toBe(201);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const ask = (
  cookie: string,
  at = '/v1/series?limit=1',
  headers: Record<string, string> = OWN_PAGE,
  init: RequestInit = {},
): Promise<Response> => edgeFetch(at, { ...init, headers: { cookie, ...headers } });

const write = (cookie: string, headers: Record<string, string>): Promise<Response> =>
  ask(cookie, '/v1/series', { 'content-type': 'application/json', ...headers }, { method: 'POST', body: '{}' });

describe('a session of the console', () => {
  test('is a cookie of this host alone, which no script reads and no other site sends, for half a day', async () => {
    const { key } = await makeKey(['catalog']);
    const answer = await signIn(key);
    const [pair = '', ...attributes] = answer.headers.get('set-cookie')?.split('; ') ?? [];
    expect(pair).toMatch(/^__Host-cliffhanger=[\w.-]{100,}$/);
    expect(attributes).toEqual(['Max-Age=43200', 'Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const session = await jsonOf<Session>(answer, 201);
    expect(Math.abs(Date.parse(session.expiresAt ?? '') - Date.now() - 43_200_000)).toBeLessThan(10_000);
    expect(JSON.stringify(session)).not.toContain(key.slice(-30));
  });

  test('tells whose it is and what it opens', async () => {
    const { id, key } = await makeKey(['catalog', 'analytics']);
    const session = await jsonOf<Session>(await ask(await cookieOf(key), '/v1/console/session'));
    expect(session).toMatchObject({ apiKeyId: id, label: 'a console', scopes: ['catalog', 'analytics'] });
    const root = await jsonOf<Session>(await apiFetch('/v1/console/session'));
    expect(root).toMatchObject({ apiKeyId: 'root', label: null, expiresAt: null });
  });

  test('opens in both Workers what its key opens, and nothing else', async () => {
    const cookie = await cookieOf((await makeKey(['analytics'])).key);
    await expectProblem(await ask(cookie), 'insufficient-scope');
    const at = '/v1/analytics/episodes/ep_none/retention';
    await expectProblem(await ask(cookie, at), 'episode-not-found');
    await expectProblem(await ask(await cookieOf((await makeKey(['catalog'])).key), at), 'insufficient-scope');
  });

  test('is dead at once when its key is revoked, and is told so', async () => {
    const { id, key } = await makeKey(['catalog']);
    const cookie = await cookieOf(key);
    expect(await statusOf(await ask(cookie))).toBe(200);
    expect(await statusOf(await apiFetch(`/v1/api-keys/${id}`, { method: 'DELETE' }))).toBe(204);
    await expectProblem(await ask(cookie), 'console-session-ended');
  });

  test('lives as long as the secret that it was made with: a rotation without overlap ends it', async () => {
    const { id, key } = await makeKey(['catalog']);
    const cookie = await cookieOf(key);
    await jsonOf(await apiFetch(`/v1/api-keys/${id}/rotate`, { json: {} }));
    expect(await statusOf(await ask(cookie))).toBe(200);
    await jsonOf(await apiFetch(`/v1/api-keys/${id}/rotate`, { json: { overlapSeconds: 0 } }));
    await expectProblem(await ask(cookie), 'console-session-ended');
  });

  test('of which a character was changed is none, wherever it was changed', async () => {
    const cookie = await cookieOf((await makeKey(['catalog'])).key);
    const begin = cookie.indexOf('=') + 1;
    for (const at of [begin, begin + 10, begin + 20, begin + 60, cookie.length - 4]) {
      const wrong = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      await expectProblem(await ask(wrong), 'console-session-ended');
    }
    await expectProblem(await ask('__Host-cliffhanger=x'), 'console-session-ended');
    await expectProblem(await ask('cliffhanger=x; other=y'), 'api-key-missing');
  });

  test('stands back where an API key is sent as well', async () => {
    const cookie = await cookieOf((await makeKey(['analytics'])).key);
    const { key } = await makeKey(['catalog']);
    expect(await statusOf(await ask(cookie, '/v1/series', { authorization: `Bearer ${key}` }))).toBe(200);
    await expectProblem(await ask(cookie, '/v1/series', { authorization: 'Bearer sk_wrong' }), 'api-key-invalid');
    await expectProblem(await ask(cookie, '/v1/series', { authorization: 'Basic eDp5' }), 'api-key-missing');
  });

  test('ends in the browser that signs out, and one that is out may sign out again', async () => {
    const answer = await ask('', '/v1/console/session', OWN_PAGE, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-cliffhanger=; Max-Age=0; Path=\/; Secure/);
  });

  test('is given for no key that is wrong, without scopes to tell, and by no other call', async () => {
    for (const apiKey of ['sk_wrong', platformSecrets().apiKey.slice(0, -1)]) {
      const answer = await signIn(apiKey);
      expect(answer.headers.get('set-cookie')).toBeNull();
      await expectProblem(answer, 'api-key-invalid');
    }
    expect((await apiFetch('/v1/series?limit=1')).headers.get('set-cookie')).toBeNull();
  });
});

test('signing in, asking and signing out answer as the document says', async () => {
  const { key } = await makeKey(['catalog']);
  await expectDocumented('POST /v1/console/session', await signIn(key));
  await expectDocumented('POST /v1/console/session', await signIn('sk_wrong'));
  const cookie = await cookieOf(key);
  await expectDocumented('GET /v1/console/session', await ask(cookie, '/v1/console/session'));
  await expectDocumented(
    'DELETE /v1/console/session',
    await ask(cookie, '/v1/console/session', OWN_PAGE, { method: 'DELETE' }),
  );
});

describe('a request with the cookie that is not of the console’s own page', () => {
  const foreign: [string, Record<string, string>][] = [
    ['of another site', { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }],
    ['of another subdomain', { ...OWN_PAGE, 'sec-fetch-site': 'same-site' }],
    [
      'of another origin, by a browser that says only that',
      { 'cliffhanger-console': '1', origin: 'https://evil.example' },
    ],
    ['of nowhere that is told', { 'cliffhanger-console': '1' }],
    ['of this origin and no script of the console', { 'sec-fetch-site': 'same-origin' }],
    ['that somebody typed', { ...OWN_PAGE, 'sec-fetch-site': 'none' }],
  ];

  test.each(foreign)('%s may write nothing', async (_, headers) => {
    const cookie = await cookieOf((await makeKey(['catalog'])).key);
    await expectProblem(await write(cookie, headers), 'console-request-refused');
    await expectProblem(await signIn(platformSecrets().apiKey, headers), 'console-request-refused');
  });

  test('may not read either, where the browser says that it is another’s', async () => {
    const cookie = await cookieOf((await makeKey(['catalog'])).key);
    for (const site of ['cross-site', 'same-site'])
      await expectProblem(await ask(cookie, undefined, { 'sec-fetch-site': site }), 'console-request-refused');
    expect(await statusOf(await ask(cookie, undefined, { 'sec-fetch-site': 'none' }))).toBe(200);
  });

  test('of this origin is good by its Origin too, and comes as far as the body', async () => {
    const cookie = await cookieOf((await makeKey(['catalog'])).key);
    await expectProblem(await write(cookie, { 'cliffhanger-console': '1', origin: edgeOrigin() }), 'invalid-request');
    await expectProblem(await write(cookie, OWN_PAGE), 'invalid-request');
  });
});

test('signing in, and what is done in the session, stands in the audit log under the key', async () => {
  const { id, key } = await makeKey(['catalog']);
  await statusOf(await write(await cookieOf(key), OWN_PAGE));
  await expect
    .poll(async () => {
      const page = await jsonOf<{ items: { apiKeyId: string; route: string; status: number }[] }>(
        await apiFetch('/v1/audit-log?limit=20'),
      );
      return page.items.filter((entry) => entry.apiKeyId === id).map(({ route, status }) => `${route} ${status}`);
    })
    .toEqual(expect.arrayContaining(['POST /v1/console/session 201', 'POST /v1/series 400']));
});
