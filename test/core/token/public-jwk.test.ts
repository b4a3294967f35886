import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readJwks, takeKeys } from '#core/token/jwks.ts';
import { readPublicJwk } from '#core/token/public-jwk.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const rsaOf = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
const p256 = ec.publicKey.export({ format: 'jwk' });
const rsa = rsaOf(2_048);

describe('a public key', () => {
  test.each([
    ['ES256', p256],
    ['EdDSA', ed],
    ['RS256', rsa],
    ['EdDSA', { ...ed, alg: 'Ed25519' }],
    ['RS256', { ...rsa, alg: 'RS256', use: 'sig', key_ops: ['verify'] }],
  ])('of %s is taken, its public members and no others', (alg, jwk) => {
    const read = readPublicJwk({ ...jwk, kid: 'k1', x5c: ['…'], more: 1 });
    expect(read).toMatchObject({ ok: true, value: { kid: 'k1', alg } });
    if (read.ok)
      expect(Object.keys(read.value.members).every((name) => ['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name))).toBe(
        true,
      );
  });

  test('gives one text, in whatever order its members come', () => {
    const turned = Object.fromEntries(Object.entries(p256).reverse());
    expect(JSON.stringify(readPublicJwk(turned))).toBe(JSON.stringify(readPublicJwk(p256)));
  });

  test.each<[string, object, string]>([
    ['with a private half', ec.privateKey.export({ format: 'jwk' }), 'private half'],
    ['that is a secret', { kty: 'oct', k: 'c2VjcmV0' }, 'private half'],
    ['with a prime of an RSA key', { ...rsa, p: 'AQAB' }, 'private half'],
    ['of RSA with 1024 bits', rsaOf(1_024), '2048'],
    ['of RSA with 2040 bits', { ...rsa, n: String(rsa.n).slice(0, 340) }, '2048'],
    ['of RSA whose length is zeros', { ...rsa, n: `${'A'.repeat(172)}${rsaOf(1_024).n?.slice(0, 168)}` }, '2048'],
    ['of RSA with the exponent 1', { ...rsa, e: 'AQ' }, '65537'],
  ])('%s is dangerous', (_, jwk, detail) => {
    const read = readPublicJwk(jwk);
    expect(read).toMatchObject({ ok: false, error: { reason: 'dangerous' } });
    expect(JSON.stringify(read)).toContain(detail);
  });

  test.each<[string, unknown]>([
    ['that is none', 'a key'],
    ['of another curve', { ...p256, crv: 'P-384' }],
    ['of another family', { kty: 'AKP' }],
    ['for encryption', { ...rsa, use: 'enc' }],
    ['for signing', { ...rsa, key_ops: ['sign'] }],
    ['of another algorithm', { ...rsa, alg: 'PS256' }],
    ['of no algorithm', { ...p256, alg: 'none' }],
    ['of 8192 bits', { ...rsa, n: String(rsa.n).repeat(4) }],
    ['with a coordinate that is short', { ...p256, x: 'AAAA' }],
    ['with a kid that a header cannot name', { ...p256, kid: '../k1' }],
    ['with a kid that is a number', { ...p256, kid: 1 }],
  ])('%s is of no use', (_, jwk) => {
    expect(readPublicJwk(jwk)).toMatchObject({ ok: false, error: { reason: 'unsuitable' } });
  });
});

describe('a JWK Set', () => {
  const key = (kid: string) => ({ ...p256, kid });

  test('gives the keys that verify, and says of the others why not', () => {
    const read = readJwks({ keys: [{ ...rsa, use: 'enc', kid: 'e1' }, key('s1'), p256, key('s2')] });
    expect(read).toMatchObject({
      ok: true,
      value: {
        keys: [{ kid: 's1' }, { kid: 's2' }],
        leftOut: [
          { kid: 'e1', reason: 'its use is not sig' },
          { kid: null, reason: 'it has no kid' },
        ],
      },
    });
  });

  test.each<[string, unknown]>([
    ['a private half', { keys: [key('s1'), { ...ec.privateKey.export({ format: 'jwk' }), kid: 's2' }] }],
    ['a weak key', { keys: [key('s1'), { ...rsaOf(1_024), kid: 's2' }] }],
    ['one kid twice', { keys: [key('s1'), key('s1')] }],
    ['no list', key('s1')],
    ['a list that is none', { keys: key('s1') }],
    ['no key', { keys: [] }],
    ['no key that verifies', { keys: [{ ...rsa, use: 'enc', kid: 'e1' }] }],
    ['nothing', null],
  ])('with %s is refused as a whole', (_, document) => {
    expect(readJwks(document).ok).toBe(false);
  });

  test('with more keys than there is room for keeps those in use, then takes the first of the rest', () => {
    const read = readJwks({ keys: ['a', 'b', 'c', 'd', 'e', 'f'].map(key) });
    if (!read.ok) throw new Error(read.error);
    const taken = takeKeys(read.value, new Set(['f']), 4);
    expect(taken.keys.map(({ kid }) => kid)).toEqual(['f', 'a', 'b', 'c']);
    expect(taken.leftOut.map(({ kid }) => kid)).toEqual(['d', 'e']);
  });
});
