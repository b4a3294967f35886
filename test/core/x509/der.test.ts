import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawSignature, readCertificate } from '#core/x509/certificate.ts';
import { readDer, readDerList, readOid } from '#core/x509/der.ts';
import { makeCertificate } from '../../workers/support/certificates.ts';

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);
const copy = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);

describe('DER', () => {
  test('is read element by element', () => {
    const list = readDerList(bytes(0x02, 0x01, 0x05, 0x05, 0x00));
    expect(list?.map(({ tag, content }) => [tag, [...content]])).toEqual([
      [2, [5]],
      [5, []],
    ]);
  });

  test.each([
    ['cut off in its content', [0x04, 0x02, 0x00]],
    ['cut off in its length', [0x04]],
    ['of indefinite length', [0x30, 0x80, 0x00, 0x00]],
    ['with a length that is longer than need be', [0x04, 0x81, 0x01, 0x00]],
    ['with a length of leading zeros', [0x04, 0x82, 0x00, 0x80, ...Array<number>(128).fill(0)]],
    ['with a tag of two bytes', [0x1f, 0x81, 0x00]],
    ['followed by something', [0x05, 0x00, 0x00]],
    ['empty', []],
  ])('that is %s is not read', (_, values) => {
    expect(readDer(bytes(...values))).toBeNull();
  });

  test('names object identifiers as they are written', () => {
    const oid = readDer(bytes(0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x0b, 0x01));
    expect(oid === null ? null : readOid(oid)).toBe('1.2.840.113635.100.6.11.1');
  });

  test.each([[[0x06, 0x00]], [[0x06, 0x01, 0x80]], [[0x04, 0x01, 0x2a]]])('%j is no object identifier', (values) => {
    const element = readDer(bytes(...values));
    expect(element === null ? null : readOid(element)).toBeNull();
  });
});

describe('a certificate', () => {
  const notBefore = new Date('2026-01-02T03:04:05Z');
  const notAfter = new Date('2056-01-02T03:04:05Z');
  const made = makeCertificate({
    name: 'One',
    curve: 'P-256',
    isCa: true,
    oids: ['1.2.840.113635.100.6.2.1'],
    notBefore,
    notAfter,
  });

  test('says what it is, until when, and which marks it has', () => {
    expect(readCertificate(copy(made.der))).toMatchObject({
      hash: 'SHA-384',
      notBeforeMs: notBefore.getTime(),
      notAfterMs: notAfter.getTime(),
      publicKey: { curve: 'P-256' },
      isCa: true,
      extensions: new Set(['2.5.29.19', '1.2.840.113635.100.6.2.1']),
    });
  });

  test('without the constraint is no authority', () => {
    expect(readCertificate(copy(makeCertificate({ name: 'Two' }).der))).toMatchObject({ isCa: false });
  });

  test('that is cut off or longer is none', () => {
    for (let length = 0; length < made.der.byteLength; length++)
      expect(readCertificate(copy(made.der.subarray(0, length)))).toBeNull();
    expect(readCertificate(copy(Buffer.concat([made.der, Buffer.from([0])])))).toBeNull();
  });

  test('with any byte changed is read or not, and never throws', () => {
    fc.assert(
      fc.property(fc.nat(made.der.byteLength - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = copy(made.der);
        changed[at] = value;
        readCertificate(changed);
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['a number too long', [0x30, 0x05, 0x02, 0x01, 0x01, 0x02, 0x00]],
  ['one number', [0x30, 0x03, 0x02, 0x01, 0x01]],
  ['another type', [0x30, 0x06, 0x04, 0x01, 0x01, 0x04, 0x01, 0x01]],
])('a signature of %s is none', (_, values) => {
  expect(rawSignature(bytes(...values), 'P-256')).toBeNull();
});
