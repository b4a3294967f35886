import { describe, expect, test } from 'vitest';
import { validateTokenHeader } from '#core/token/viewer-token.ts';

const HEADER = { alg: 'ES256', kid: 'k_1', typ: 'playback+jwt' };

describe('the header of a viewer token', () => {
  test.each(['ES256', 'EdDSA', 'RS256'])('may name %s', (alg) => {
    expect(validateTokenHeader({ ...HEADER, alg })).toEqual({ ok: true, value: { alg, kid: 'k_1' } });
  });

  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'hs256',
    'HS384',
    'HS512',
    'RS1',
    'RS384',
    'RS512',
    'PS256',
    'ES256K',
    'ES384',
    'ES512',
    'es256',
    'Ed25519',
    'EDDSA',
    'ES256 ',
    ' ES256',
    'ES256\0',
    'dir',
    'A128KW',
    '__proto__',
    'constructor',
    'toString',
  ])('is refused with the algorithm %j', (alg) => {
    expect(validateTokenHeader({ ...HEADER, alg })).toMatchObject({ ok: false, error: { reason: 'invalid' } });
  });

  test.each([null, 256, true, ['ES256'], { toString: 'ES256' }, undefined])(
    'is refused with %j for an algorithm',
    (alg) => {
      expect(validateTokenHeader({ ...HEADER, alg }).ok).toBe(false);
    },
  );

  test.each([
    'jwk',
    'jku',
    'x5u',
    'x5c',
    'x5t',
    'x5t#S256',
    'crit',
    'b64',
    'zip',
    'enc',
    'cty',
    'iv',
    'url',
    'nonce',
    'KID',
    '__proto__',
  ])('is refused with the parameter %s, which may steer a verifier', (name) => {
    const header: unknown = JSON.parse(`{"alg":"ES256","kid":"k_1","typ":"playback+jwt","${name}":"x"}`);
    expect(validateTokenHeader(header).ok).toBe(false);
  });

  test.each([
    'JWT',
    'at+jwt',
    'playback+JWT',
    'Playback+jwt',
    'application/playback+jwt',
    'playback',
    'play+jwt',
    '',
    null,
    undefined,
    1,
  ])('is refused with the type %j: another token of the operator is no viewer token', (typ) => {
    expect(validateTokenHeader({ ...HEADER, typ }).ok).toBe(false);
  });

  test.each([
    undefined,
    null,
    1,
    '',
    ' ',
    'a b',
    '../k_1',
    'a/b',
    "' OR 1=1 --",
    'k\0',
    'k\n',
    'ключ',
    'k'.repeat(65),
    'k'.repeat(10_000),
    ['k_1'],
    {},
  ])('is refused with the key id %j', (kid) => {
    expect(validateTokenHeader({ ...HEADER, kid }).ok).toBe(false);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'takes %s for a key id like any other: it names no key',
    (kid) => {
      expect(validateTokenHeader({ ...HEADER, kid })).toEqual({ ok: true, value: { alg: 'ES256', kid } });
    },
  );

  test.each([null, undefined, 'header', 1, [], [HEADER]])('is refused when it is %j and no object', (header) => {
    expect(validateTokenHeader(header)).toMatchObject({ ok: false, error: { reason: 'malformed' } });
  });

  test('says what was wrong without repeating more than 32 characters of it', () => {
    const refused = validateTokenHeader({ ...HEADER, ['x'.repeat(5_000)]: 1 });
    expect(JSON.stringify(refused).length).toBeLessThan(150);
  });
});
