import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { signedPost } from '../support/fake-transcoder.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { concretePath, OTHER_ROUTES, ROUTES, SCOPES, type Scope } from '../support/routes.ts';
import { removeEveryKey, newViewerId, viewerToken } from '../support/tokens.ts';
import { feed, mediaPrefix } from '../support/viewers.ts';

/**
 * What a call asks for; `open` asks for nothing, `any-key` for an API key of whatever scope, `store` and `console` (its own page)
 * for what none of these kinds is.
 */
type Lock = Scope | 'any-key' | 'console' | 'viewer' | 'transcoder' | 'ad-network' | 'pass' | 'store' | 'open';
type Kind = Scope | 'viewer' | 'transcoder' | 'pass' | 'cursor';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly lock: Lock;
}

const OPEN = new Set(['GET /.well-known/jwks.json', 'OPTIONS /v1/uploads', 'POST /v1/demo/session']);
const lockOf = (call: string): Lock => {
  if (OPEN.has(call)) return 'open';
  if (call.endsWith(' /v1/console/session')) return call.startsWith('GET') ? 'any-key' : 'console';
  if (call.includes('/v1/ad-callbacks/')) return 'ad-network';
  if (call.includes('/v1/store-notifications/')) return 'store';
  return call.includes('/v1/transcoder/') ? 'transcoder' : 'viewer';
};
const CALLS: readonly Call[] = [
  ...ROUTES.map(({ method, path, scope }) => ({ method, path: concretePath(path), lock: scope })),
  ...OTHER_ROUTES.map((call) => {
    const [method = '', path = ''] = call.split(' ');
    return { method, path: concretePath(path), lock: lockOf(call) };
  }),
  { method: 'GET', path: '/v1/episodes/none-such/playlist.m3u8', lock: 'viewer' },
  { method: 'GET', path: '/v1/episodes/none-such/next', lock: 'viewer' },
  { method: 'GET', path: '/v1/feed?series=none-such', lock: 'viewer' },
  { method: 'POST', path: '/v1/me/heartbeat', lock: 'viewer' },
  { method: 'DELETE', path: '/v1/me/session', lock: 'viewer' },
  { method: 'GET', path: '/v0/0.m4s', lock: 'pass' },
  { method: 'GET', path: '/v0/start', lock: 'pass' },
];
const KINDS: readonly Kind[] = [...SCOPES, 'viewer', 'transcoder', 'pass', 'cursor'];
const BODY = '{"nothing":"known"}';

/** A store that is not set up, as here, answers 404 whatever comes, and 400 to what its messages are not. */
function refuses({ lock }: Call, status: number): boolean {
  if (lock === 'store') return status === 400 || status === 404;
  return status === 401 || status === 403;
}

const secrets = new Map<Kind, string>();
let versionPath = '';

beforeAll(async () => {
  for (const scope of SCOPES) {
    const made = await jsonOf<{ key: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'cross-use', scopes: [scope] } }),
      201,
    );
    secrets.set(scope, made.key);
  }
  const series = await createSeries();
  const { id } = await publishedEpisode(series.id, 1);
  await publishedEpisode(series.id, 2);
  const token = await viewerToken(newViewerId());
  const [, , pass = '', asset = '', version = ''] = (await mediaPrefix(id, token)).split('/');
  versionPath = `${asset}/${version}`;
  secrets.set('viewer', token).set('pass', pass);
  secrets.set('cursor', (await feed(token, `series=${series.id}&limit=1`)).nextCursor ?? '');
});

/** The credential where each kind of call looks for one: as a bearer, in the query, in the path, as a signature. */
async function send(kind: Kind, { method, path, lock }: Call, place: 'header' | 'query'): Promise<number> {
  const secret = secrets.get(kind) ?? '';
  if (kind === 'transcoder') {
    if (method === 'POST') return statusOf(await signedPost(path, BODY));
    return statusOf(await edgeFetch(lock === 'pass' ? `/m/${versionPath}${path}` : path, { method }));
  }
  const at = lock === 'pass' ? `/m/${secret}/${versionPath}${path}` : path;
  const query = place === 'query' ? `${at.includes('?') ? '&' : '?'}token=${secret}&cursor=${secret}` : '';
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': 'cross-use-of-credentials',
    ...(place === 'header' ? { authorization: `Bearer ${secret}` } : {}),
  };
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: BODY };
  return statusOf(await edgeFetch(at + query, { method, headers, ...body }));
}

// Its calls make keys, and only four may be live.
afterAll(removeEveryKey);

describe('every kind of credential on every call', () => {
  const cells = KINDS.flatMap((kind) => CALLS.map((call) => [kind, call] as const));

  test(`opens what it is for and nothing else (${cells.length} cells)`, { timeout: 60_000 }, async () => {
    const wrong: string[] = [];
    for (const [kind, call] of cells) {
      const status = await send(kind, call, 'header');
      const isRefused = refuses(call, status) || (call.lock === 'pass' && status === 404);
      const isAnyKey = call.lock === 'any-key' && SCOPES.some((scope) => scope === kind);
      const isMeant = call.lock === 'open' || call.lock === kind || isAnyKey;
      if (isRefused === isMeant) wrong.push(`${kind} on ${call.method} ${call.path}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test('opens nothing but a viewer’s calls from the query', { timeout: 60_000 }, async () => {
    const wrong: string[] = [];
    for (const [kind, call] of cells.filter(([kind, { lock }]) => kind !== 'transcoder' && lock !== 'pass')) {
      const status = await send(kind, call, 'query');
      const isMeant = call.lock === 'open' || (call.lock === 'viewer' && kind === 'viewer');
      if (refuses(call, status) === isMeant) wrong.push(`${kind} on ${call.method} ${call.path}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });
});
