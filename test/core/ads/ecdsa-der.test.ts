import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawFromDer } from '#core/ads/ecdsa-der.ts';

/** An ASN.1 INTEGER as DER has it, of a number given as bytes. */
function integer(bytes: readonly number[]): number[] {
  const digits = bytes.slice(bytes.findIndex((byte) => byte !== 0));
  const signed = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits;
  return [0x02, signed.length, ...signed];
}
const sequence = (content: readonly number[]): Uint8Array => Uint8Array.from([0x30, content.length, ...content]);
const half = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => bytes.some((byte) => byte !== 0))
  .map((bytes) => [...bytes]);

describe('a DER signature', () => {
  test('gives the two halves, whatever zeros and sign bytes they have', () => {
    fc.assert(
      fc.property(half, half, fc.nat(31), (r, s, zeros) => {
        const short = [...Array.from({ length: zeros }, () => 0), ...r.slice(zeros)].map((byte, at) =>
          at === 31 ? byte | 1 : byte,
        );
        expect(rawFromDer(sequence([...integer(short), ...integer(s)]))).toEqual(Uint8Array.from([...short, ...s]));
      }),
    );
  });

  test('of a real key is what the same library calls raw', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let i = 0; i < 50; i++) {
      const der = sign('sha256', Buffer.from(String(i)), privateKey);
      expect(rawFromDer(der)).toHaveLength(64);
    }
  });

  test('has one form: any byte added, dropped or put in another way is refused or another signature', () => {
    fc.assert(
      fc.property(half, half, fc.nat(200), fc.integer({ min: 1, max: 255 }), (r, s, place, change) => {
        const der = sequence([...integer(r), ...integer(s)]);
        const at = place % der.length;
        const flipped = Uint8Array.from(der, (byte, index) => (index === at ? byte ^ change : byte));
        expect(rawFromDer(flipped)).not.toEqual(rawFromDer(der));
        expect(rawFromDer(der.subarray(0, -1))).toBeNull();
        expect(rawFromDer(Uint8Array.from([...der, 0]))).toBeNull();
      }),
    );
  });

  test.each([
    [[]],
    [[0x30]],
    [[0x30, 0]],
    [[0x31, 6, 2, 1, 1, 2, 1, 1]],
    [[0x30, 6, 3, 1, 1, 2, 1, 1]],
    [[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1]],
    [[0x30, 6, 2, 1, 0x80, 2, 1, 1]],
    [[0x30, 7, 2, 2, 0, 1, 2, 1, 1]],
    [[0x30, 5, 2, 0, 2, 1, 1]],
    [[0x30, 6, 2, 1, 0, 2, 1, 1]],
    [[0x30, 4, 2, 2, 1, 1]],
    [[0x30, 38, 2, 33, 1, ...Array.from({ length: 32 }, () => 1), 2, 1, 1]],
    [[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1]],
  ])('is not %j', (bytes) => {
    expect(rawFromDer(Uint8Array.from(bytes))).toBeNull();
  });
});
