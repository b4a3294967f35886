import { describe, expect, test } from 'vitest';
import { licenseFor, parseLicenseRequest } from '#core/token/clear-key-license.ts';

const KID = Buffer.alloc(16, 1).toString('base64url');
const OTHER = Buffer.alloc(16, 2).toString('base64url');
const KEY = { kid: KID, k: Buffer.alloc(16, 3).toString('base64url') };

describe('a Clear Key license', () => {
  test('holds the key that was asked for, as a JWK set', () => {
    const request = parseLicenseRequest({ kids: [KID], type: 'temporary' });
    expect(request.ok && licenseFor(request.value, KEY)).toEqual({
      ok: true,
      value: { keys: [{ kty: 'oct', kid: KID, k: KEY.k }], type: 'temporary' },
    });
  });

  test('holds nothing else when more was asked for', () => {
    const license = licenseFor({ kids: [OTHER, KID] }, KEY);
    expect(license.ok && license.value.keys.map(({ kid }) => kid)).toEqual([KID]);
  });

  test('is not given for other keys', () => {
    expect(licenseFor({ kids: [OTHER] }, KEY)).toEqual({
      ok: false,
      error: { reason: 'unknown_key_ids', kids: [OTHER] },
    });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'kids'],
    ['no ids', {}],
    ['an empty list', { kids: [] }],
    ['ids that are no list', { kids: KID }],
    ['a padded id', { kids: [`${KID}==`] }],
    ['an id with stray bits', { kids: [`${KID.slice(0, -1)}B`] }],
    ['a short id', { kids: [KID.slice(1)] }],
    ['a number', { kids: [1] }],
    ['too many ids', { kids: Array.from({ length: 17 }, () => KID) }],
    ['a license to keep', { kids: [KID], type: 'persistent-license' }],
  ])('is not given for %s', (_, body) => {
    expect(parseLicenseRequest(body)).toMatchObject({ ok: false, error: { reason: 'malformed' } });
  });
});
