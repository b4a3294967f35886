import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import {
  compact,
  goodClaims,
  makeBackendKey,
  newViewerId,
  removeBackendKeys,
  signToken,
  viewerToken,
  type BackendKey,
} from '../support/tokens.ts';
import { playlist } from '../support/viewers.ts';

const viewer = newViewerId();
let episodeId = '';
let key: BackendKey;
let other: BackendKey;
/** Taken away before the other tests run, and looked at after them: the cache of keys may live for ten seconds. */
let takenAway = '';

beforeAll(async () => {
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  key = await makeBackendKey();
  other = await makeBackendKey();
  const gone = await makeBackendKey();
  takenAway = await signToken(gone, viewer);
  expect(await statusOf(await playlist(episodeId, takenAway))).toBe(200);
  expect(await statusOf(await apiFetch(`/v1/signing-keys/${gone.kid}`, { method: 'DELETE' }))).toBe(204);
});

afterAll(removeBackendKeys);

const nowSeconds = () => Math.floor(Date.now() / 1_000);

describe('a viewer token', () => {
  test('of the edge or of a backend that registered its key plays', async () => {
    expect(await statusOf(await playlist(episodeId, await viewerToken(viewer)))).toBe(200);
    expect(await statusOf(await playlist(episodeId, await signToken(key, viewer)))).toBe(200);
  });

  test('may stand in the query, for players that can set no header', async () => {
    expect(
      await statusOf(await edgeFetch(`/v1/episodes/${episodeId}/playlist.m3u8?token=${await signToken(key, viewer)}`)),
    ).toBe(200);
  });

  test.each(['ES256', 'EdDSA', 'RS256'] as const)('of a public key that a backend brought (%s) plays', async (alg) => {
    const pair =
      alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : alg === 'EdDSA'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = `brought-${alg}-${randomBytes(6).toString('hex')}`;
    expect(
      await statusOf(
        await apiFetch('/v1/signing-keys', { json: { jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid } } }),
      ),
    ).toBe(201);
    const unsigned = compact({ alg, kid, typ: 'playback+jwt' }, goodClaims(viewer), '').slice(0, -1);
    const signature = sign(
      alg === 'EdDSA' ? null : 'sha256',
      Buffer.from(unsigned),
      alg === 'ES256' ? { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } : pair.privateKey,
    );
    expect(await statusOf(await playlist(episodeId, `${unsigned}.${signature.toString('base64url')}`))).toBe(200);
    expect(await statusOf(await apiFetch(`/v1/signing-keys/${kid}`, { method: 'DELETE' }))).toBe(204);
  });

  test('that is missing is asked for', async () => {
    const answer = await edgeFetch(`/v1/episodes/${episodeId}/playlist.m3u8`);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    await expectProblem(answer, 'token-missing');
  });

  test('that has expired is told so', async () => {
    const token = await signToken(key, viewer, { claims: { iat: nowSeconds() - 600, exp: nowSeconds() - 300 } });
    await expectProblem(await playlist(episodeId, token), 'token-expired');
  });

  test.each<[string, Record<string, unknown>]>([
    ['of another audience', { aud: 'urn:cliffhanger:admin' }],
    ['of an audience list that holds ours', { aud: ['urn:cliffhanger:playback'] }],
    ['without an audience', { aud: undefined }],
    ['without an end', { exp: undefined }],
    ['with an end that is a text', { exp: '9999999999' }],
    ['with an end beyond all bounds', { exp: 1e300 }],
    ['that lives for a week', { exp: Math.floor(Date.now() / 1_000) + 7 * 86_400 }],
    ['that is for tomorrow', { nbf: Math.floor(Date.now() / 1_000) + 86_400 }],
    ['without a viewer', { sub: undefined }],
    ['with a viewer id that is a path', { sub: '../viewer' }],
    ['without an id of its own', { jti: undefined }],
    ['with a restriction that nobody would keep', { country: ['DE'] }],
  ])('%s is refused', async (_, claims) => {
    await expectProblem(await playlist(episodeId, await signToken(key, viewer, { claims })), 'token-invalid');
  });
});

describe('a forged viewer token', () => {
  const header = () => ({ alg: 'ES256', kid: key.kid, typ: 'playback+jwt' });

  test.each(['none', 'None', 'NONE', 'nOnE'])(
    'with the algorithm %s is refused, with and without a signature',
    async (alg) => {
      await expectProblem(
        await playlist(episodeId, compact({ ...header(), alg }, goodClaims(viewer), '')),
        'token-malformed',
      );
      await expectProblem(
        await playlist(episodeId, compact({ ...header(), alg }, goodClaims(viewer), randomBytes(64))),
        'token-invalid',
      );
    },
  );

  test('with HS256 over the public key is refused', async () => {
    for (const secret of [JSON.stringify(key.jwk), String(key.jwk.x), Buffer.from(String(key.jwk.x), 'base64url')]) {
      const unsigned = compact({ ...header(), alg: 'HS256' }, goodClaims(viewer), 'x').slice(0, -2);
      const mac = createHmac('sha256', secret).update(unsigned).digest('base64url');
      await expectProblem(await playlist(episodeId, `${unsigned}.${mac}`), 'token-invalid');
    }
  });

  test('that brings its own key in the header is refused', async () => {
    for (const steering of [
      { jwk: other.jwk },
      { jku: 'https://evil.example/jwks.json' },
      { x5u: 'https://evil.example/c.pem' },
      { x5c: ['MIIB'] },
    ]) {
      const token = await signToken({ ...other, kid: key.kid }, viewer, { header: steering });
      await expectProblem(await playlist(episodeId, token), 'token-invalid');
    }
  });

  test('signed by another registered key is refused under this key id', async () => {
    await expectProblem(
      await playlist(episodeId, await signToken({ ...other, kid: key.kid }, viewer)),
      'token-invalid',
    );
  });

  test.each(['unknown', '__proto__', 'constructor', 'toString', 'a'.repeat(64)])(
    'under the key id %s, which nobody registered, is refused',
    async (kid) => {
      await expectProblem(await playlist(episodeId, await signToken({ ...key, kid }, viewer)), 'token-invalid');
    },
  );

  test.each(["' OR 1=1 --", '../k', 'k\0', 'k'.repeat(1_000)])(
    'under the key id %j is refused before anything is looked up',
    async (kid) => {
      await expectProblem(await playlist(episodeId, await signToken({ ...key, kid }, viewer)), 'token-invalid');
    },
  );

  test('with another viewer in place of its own is refused', async () => {
    const [head = '', , signature = ''] = (await signToken(key, viewer)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...goodClaims('somebody-else') })).toString('base64url');
    await expectProblem(await playlist(episodeId, `${head}.${payload}.${signature}`), 'token-invalid');
  });

  test('with any one bit of its signature turned is refused', async () => {
    const token = await signToken(key, viewer);
    const [head = '', payload = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    for (let at = 0; at < bytes.length; at += 7) {
      const turned = Buffer.from(bytes);
      turned[at] = (turned[at] ?? 0) ^ 1;
      await expectProblem(
        await playlist(episodeId, `${head}.${payload}.${turned.toString('base64url')}`),
        'token-invalid',
      );
    }
  });

  test.each(['=', '+', '/', '.'])(
    'with %j behind its signature is refused, although its bytes are the same',
    async (suffix) => {
      await expectProblem(await playlist(episodeId, (await signToken(key, viewer)) + suffix), 'token-malformed');
    },
  );

  test('with another spelling of the last character of its signature is refused', async () => {
    const token = await signToken(key, viewer);
    const last = token.at(-1) ?? '';
    const next = String.fromCharCode(last.charCodeAt(0) + 1);
    await expectProblem(await playlist(episodeId, token.slice(0, -1) + next), 'token-malformed');
  });

  test('of the operator for another purpose (typ) is refused', async () => {
    await expectProblem(
      await playlist(episodeId, await signToken(key, viewer, { header: { typ: 'JWT' } })),
      'token-invalid',
    );
    await expectProblem(
      await playlist(episodeId, await signToken(key, viewer, { header: { typ: undefined } })),
      'token-invalid',
    );
  });
});

describe('what is good for one thing', () => {
  test('is good for nothing else: an API key is no viewer token, a viewer token no API key, neither opens media', async () => {
    const token = await viewerToken(viewer);
    const withToken = { headers: { authorization: `Bearer ${token}` } };
    await expectProblem(await edgeFetch('/v1/series', withToken), 'api-key-invalid');
    await expectProblem(await edgeFetch(`/v1/viewers/${viewer}/wallet`, withToken), 'api-key-invalid');
    await expectProblem(await apiFetch(`/v1/episodes/${episodeId}/playlist.m3u8`), 'token-malformed');
    await expectProblem(await apiFetch('/v1/me/wallet'), 'token-malformed');
    expect(await statusOf(await edgeFetch(`/m/${token}/x/y/v0/0.m4s`))).toBe(404);
  });
});

describe('a signing key', () => {
  test('is published without its private half', async () => {
    const { keys } = (await (await edgeFetch('/.well-known/jwks.json')).json()) as { keys: Record<string, unknown>[] };
    expect(keys.some(({ kid }) => kid === key.kid)).toBe(true);
    for (const jwk of keys)
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(jwk).not.toHaveProperty(secret);
    const listed = await (await apiFetch('/v1/signing-keys')).text();
    expect(listed).not.toContain(String(key.privateJwk.d));
  });

  test.each([
    ['a private one', { kty: 'EC', crv: 'P-256', x: 'A', y: 'A', d: 'A' }],
    ['a symmetric one', { kty: 'oct', k: 'c2VjcmV0' }],
    ['one on another curve', { kty: 'EC', crv: 'P-384', x: 'A', y: 'A' }],
    ['one that is no point', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['an RSA one of 1024 bits', { kty: 'RSA', e: 'AQAB', n: randomBytes(128).toString('base64url') }],
  ])('is not taken when it is %s', async (_, jwk) => {
    await expectProblem(await apiFetch('/v1/signing-keys', { json: { jwk } }), 'invalid-request');
  });

  test('that is taken away stops its tokens within ten seconds', async () => {
    await expect
      .poll(async () => statusOf(await playlist(episodeId, takenAway)), { timeout: 60_000, interval: 250 })
      .toBe(401);
  });
});
