/** Signing keys by JWKS URL, on a platform whose clock the test sets. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Platform, startPlatform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { ownPair, sendJson, startJwksServer, type JwksServer } from '../support/jwks-server.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { goodClaims, newViewerId, signToken, type BackendKey } from '../support/tokens.ts';
import { playlist } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

interface Source {
  readonly id: string;
  readonly jwksUrl: string;
  readonly fetchedAt: string | null;
  readonly failure: string | null;
}
interface Registered {
  readonly source: Source;
  readonly keys: readonly { readonly kid: string; readonly sourceId: string; readonly retireAt: string }[];
  readonly leftOut: readonly { readonly kid: string | null; readonly reason: string }[];
}
interface Listed {
  readonly items: readonly { readonly kid: string; readonly managed: boolean }[];
  readonly sources: readonly Source[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-jwks-'));
let platform: Platform;
let backend: JwksServer;
let episodeId = '';
/** The platform's clock is later than ours by this. */
let laterMs = 0;

beforeAll(async () => {
  const log = process.env['VERBOSE'] === '1' ? (line: string) => console.log(line) : () => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: true, log, adapt: withClock });
  ownEdge.origin = platform.origin;
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
});
afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  backend = await startJwksServer();
  // Whatever an earlier test asked for, its cooldown is over.
  await wait(2 * MINUTE);
});
afterEach(async () => {
  const { items, sources } = await listed();
  for (const { id } of sources) await apiFetch(`/v1/signing-keys/sources/${id}`, { method: 'DELETE' });
  for (const { kid, managed } of items) if (!managed) await apiFetch(`/v1/signing-keys/${kid}`, { method: 'DELETE' });
  await backend.stop();
});

const register = (jwksUrl = backend.url): Promise<Response> => apiFetch('/v1/signing-keys', { json: { jwksUrl } });
const registered = async (): Promise<Registered> => jsonOf<Registered>(await register(), 201);
const listed = async (): Promise<Listed> => jsonOf<Listed>(await apiFetch('/v1/signing-keys'));
const plays = async (key: BackendKey): Promise<number> => {
  const nowSeconds = Math.floor((Date.now() + laterMs) / SECOND);
  const claims = { ...goodClaims('x'), sub: newViewerId(), iat: nowSeconds, exp: nowSeconds + 300 };
  return statusOf(await playlist(episodeId, await signToken(key, 'x', { claims })));
};

/** Time passes for the Workers. */
async function wait(ms: number): Promise<void> {
  laterMs += ms;
  await apiFetch('/v1/signing-keys', { headers: { 'x-later-ms': String(laterMs) } });
}

describe('a JWKS URL', () => {
  test('is asked when it is registered, and its keys verify', async () => {
    const [key, other] = [ownPair(), ownPair()];
    backend.publish([{ kty: 'RSA', use: 'enc', kid: 'for-encryption', n: 'AA', e: 'AQAB' }, key.jwk, other.jwk]);
    const { source, keys, leftOut } = await registered();
    expect(source).toMatchObject({ jwksUrl: backend.url, failure: null });
    expect(keys.map(({ kid, sourceId }) => [kid, sourceId])).toEqual([
      [key.kid, source.id],
      [other.kid, source.id],
    ]);
    expect(leftOut).toEqual([{ kid: 'for-encryption', reason: 'its use is not sig' }]);
    expect([await plays(key), await plays(other), await plays(ownPair())]).toEqual([200, 200, 401]);
    expect(backend.asked).toBe(1);
  });

  test('may rotate: a new key plays at its first token, the old one all the while, and not once it is gone', async () => {
    const [old, next] = [ownPair(), ownPair()];
    backend.publish([old.jwk]);
    await registered();
    expect(await plays(old)).toBe(200);
    await wait(31 * SECOND);
    backend.publish([old.jwk, next.jwk]);
    const statuses = await Promise.all([next, old, next, old, next, next].map(plays));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
    expect(backend.asked).toBe(2);
    backend.publish([next.jwk]);
    await wait(11 * MINUTE);
    await platform.runScheduled();
    // The skew of the clocks, and what an isolate keeps.
    expect(await plays(old)).toBe(200);
    await wait(45 * SECOND);
    expect([await plays(old), await plays(next)]).toEqual([401, 200]);
    backend.publish([old.jwk, next.jwk]);
    expect(await plays(old)).toBe(200);
  });

  test('is asked once in 30 s, whatever key ids come in', async () => {
    const key = ownPair();
    backend.publish([key.jwk]);
    await registered();
    const flood = async (): Promise<void> => {
      for (let i = 0; i < 25; i++)
        expect(await plays({ ...key, kid: `made-up-${laterMs}-${Math.random()}`.replace('.', '') })).toBe(401);
    };
    await Promise.all([flood(), flood(), flood(), flood()]);
    expect(backend.asked).toBe(1);
    for (const asked of [2, 3]) {
      await wait(31 * SECOND);
      await Promise.all([flood(), flood(), flood(), flood()]);
      expect(await plays(key)).toBe(200);
      expect(backend.asked).toBe(asked);
    }
  });

  test('that does not answer leaves its keys for an hour and says so; it is asked again each minute', async () => {
    const key = ownPair();
    backend.publish([key.jwk]);
    await registered();
    backend.answer = (response) => response.writeHead(503).end();
    await wait(11 * MINUTE);
    await platform.runScheduled();
    expect((await listed()).sources[0]).toMatchObject({ failure: 'it answered 503' });
    expect(await plays(key)).toBe(200);
    await wait(48 * MINUTE);
    expect(await plays(key)).toBe(200);
    await wait(2 * MINUTE);
    expect(await plays(key)).toBe(401);
    backend.publish([key.jwk]);
    await wait(MINUTE);
    await platform.runScheduled();
    expect((await listed()).sources[0]?.failure).toBeNull();
    await wait(10 * SECOND);
    expect(await plays(key)).toBe(200);
  });

  test('that is deleted takes its keys along, within ten seconds; it may come back', async () => {
    const key = ownPair();
    backend.publish([key.jwk]);
    const { source } = await registered();
    expect(await plays(key)).toBe(200);
    const remove = () => apiFetch(`/v1/signing-keys/sources/${source.id}`, { method: 'DELETE' });
    expect(await statusOf(await remove())).toBe(204);
    await expectProblem(await remove(), 'not-found');
    await wait(10 * SECOND);
    expect(await plays(key)).toBe(401);
    await registered();
    await wait(3 * SECOND);
    expect(await plays(key)).toBe(200);
  });

  test('cannot bring back a key that was deleted by its kid', async () => {
    const [bad, good] = [ownPair(), ownPair()];
    backend.publish([bad.jwk, good.jwk]);
    const { source } = await registered();
    expect(await statusOf(await apiFetch(`/v1/signing-keys/${bad.kid}`, { method: 'DELETE' }))).toBe(204);
    await wait(11 * MINUTE);
    await platform.runScheduled();
    expect([await plays(bad), await plays(good)]).toEqual([401, 200]);
    expect((await listed()).sources[0]?.failure).toContain(bad.kid);
    await apiFetch(`/v1/signing-keys/sources/${source.id}`, { method: 'DELETE' });
    await expectProblem(await register(), 'conflict');
  });

  test('says itself when its keys end', async () => {
    const key = ownPair();
    backend.publish([key.jwk]);
    await registered();
    const retire = { method: 'PATCH', json: { retireAt: null } };
    const refused = await expectProblem(await apiFetch(`/v1/signing-keys/${key.kid}`, retire), 'conflict');
    expect(refused.detail).toContain('JWKS');
  });
});

describe('a JWKS URL is refused', () => {
  const refusals: [string, (response: ServerResponse) => void, string][] = [
    ['a redirect', (it) => it.writeHead(302, { location: backend.url }).end(), 'redirects are not followed'],
    ['an error', (it) => it.writeHead(404).end(), 'it answered 404'],
    ['a page', (it) => sendJson(it, '<p>', 'text/html'), 'content type is "text/html"'],
    ['what is not JSON', (it) => sendJson(it, '{keys'), 'not JSON'],
    ['what is no JWK Set', (it) => sendJson(it, '[]'), 'not a JWK Set'],
    ['no key', (it) => sendJson(it, '{"keys":[]}'), 'no key can verify'],
    [
      'more than 64 KiB',
      (it) => sendJson(it, JSON.stringify({ keys: [ownPair().jwk], more: 'x'.repeat(65_536) })),
      'longer than 65536 bytes',
    ],
    [
      'more than 64 KiB, a piece at a time',
      (it) => {
        it.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => it.write(' '.repeat(16_384)), 10);
        it.on('close', () => clearInterval(timer));
      },
      'longer than 65536 bytes',
    ],
    ['a private half', (it) => sendJson(it, JSON.stringify({ keys: [ownPair().privateJwk] })), 'private half'],
    ['a weak RSA key', (it) => sendJson(it, JSON.stringify({ keys: [weakRsa()] })), 'at least 2048 bits'],
    [
      'a point that is on no curve',
      (it) => sendJson(it, JSON.stringify({ keys: [{ ...ownPair().jwk, x: 'A'.repeat(43) }] })),
      'not a usable public key',
    ],
    ['nothing in 3 s', () => undefined, 'did not answer in 3 s'],
    [
      'a trickle',
      (it) => {
        it.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => it.write(' '), 200);
        it.on('close', () => clearInterval(timer));
      },
      'did not answer in 3 s',
    ],
    ['a connection that breaks', (it) => it.destroy(), 'could not be reached'],
  ];

  test.each(refusals)('where it answers %s, and leaves no trace', async (_, answer, detail) => {
    backend.answer = answer;
    const refused = await expectProblem(await register(), 'jwks-unusable');
    expect(refused.detail).toContain(detail);
    expect(backend.asked).toBe(1);
    expect((await listed()).sources).toEqual([]);
  });

  test.each([
    'http://example.com/jwks.json',
    'https://10.0.0.1/jwks.json',
    'https://[::ffff:10.0.0.1]/jwks.json',
    'https://2130706433/jwks.json',
    'https://169.254.169.254/latest/meta-data/',
    'https://metadata.google.internal/',
    'https://user:password@example.com/',
    'https://example.com:8443/',
    'http://127.0.0.2/',
    '',
  ])('before it is asked where it is %s', async (jwksUrl) => {
    await expectProblem(await register(jwksUrl), 'invalid-request');
  });

  test('beside a key, where it is registered already, and where its key is', async () => {
    const key = ownPair();
    backend.publish([key.jwk]);
    await expectProblem(
      await apiFetch('/v1/signing-keys', { json: { jwksUrl: backend.url, jwk: key.jwk } }),
      'invalid-request',
    );
    await registered();
    await expectProblem(await register(), 'conflict');
    const again = await startJwksServer();
    again.publish([key.jwk]);
    const refused = await expectProblem(await register(again.url), 'conflict');
    expect(refused.detail).toContain(key.kid);
    await again.stop();
    expect((await listed()).sources).toHaveLength(1);
  });

  test('while four keys are live; with two, it gives the two for which there is room', async () => {
    for (let i = 0; i < 2; i++) await jsonOf(await apiFetch('/v1/signing-keys', { json: {} }), 201);
    const pairs = [ownPair(), ownPair(), ownPair()];
    backend.publish(pairs.map(({ jwk }) => jwk));
    const { keys, leftOut } = await registered();
    expect(keys.map(({ kid }) => kid)).toEqual(pairs.slice(0, 2).map(({ kid }) => kid));
    expect(leftOut.map(({ kid }) => kid)).toEqual([pairs[2]?.kid]);
    const other = await startJwksServer();
    other.publish([ownPair().jwk]);
    await expectProblem(await register(other.url), 'conflict');
    await other.stop();
    await expectProblem(await apiFetch('/v1/signing-keys', { json: {} }), 'conflict');
  });
});

function weakRsa(): object {
  return { ...generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' }), kid: 'weak' };
}
