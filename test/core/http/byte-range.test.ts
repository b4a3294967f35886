import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseByteRange } from '#core/http/byte-range.ts';

const bytes = (first: number, last: number) => ({ kind: 'bytes', first, last });
const UNSATISFIABLE = { kind: 'unsatisfiable' };
const IGNORED = { kind: 'ignored' };

describe('a Range header for 10,000 bytes (RFC 9110 14.1.2)', () => {
  test.each([
    ['bytes=0-499', bytes(0, 499)],
    ['bytes=500-999', bytes(500, 999)],
    ['bytes=-500', bytes(9_500, 9_999)],
    ['bytes=9500-', bytes(9_500, 9_999)],
    ['bytes=0-0', bytes(0, 0)],
    ['bytes=-1', bytes(9_999, 9_999)],
    ['bytes=0-', bytes(0, 9_999)],
    ['bytes=9999-', bytes(9_999, 9_999)],
    ['bytes=0-9999', bytes(0, 9_999)],
    ['bytes=0-10000', bytes(0, 9_999)],
    ['bytes=5000-999999999999', bytes(5_000, 9_999)],
    ['bytes=-10000', bytes(0, 9_999)],
    ['bytes=-999999', bytes(0, 9_999)],
    ['bytes=007-009', bytes(7, 9)],
    [' bytes=0-1 ', bytes(0, 1)],
  ])('%j asks for a part', (header, expected) => {
    expect(parseByteRange(header, 10_000)).toEqual(expected);
  });

  test.each(['bytes=10000-', 'bytes=10000-10001', 'bytes=-0', 'bytes=99999999-'])(
    '%j cannot be satisfied',
    (header) => {
      expect(parseByteRange(header, 10_000)).toEqual(UNSATISFIABLE);
    },
  );

  test.each([
    'bytes=500-100',
    'bytes=',
    'bytes=-',
    'bytes',
    '',
    'bytes=a-b',
    'bytes=0-1,5-6',
    'bytes=0-1,',
    'bytes=0x0-0x1',
    'bytes=1.5-2',
    'bytes=--1',
    'bytes=+1-2',
    'bytes=0 - 1',
    'seconds=0-1',
    'items=0-1',
    'bytes:0-1',
    'bytes=0-1;q=1',
    'bytes=9999999999999999-',
    'bytes=٠-١',
  ])('%j is passed over, so that the whole is answered', (header) => {
    expect(parseByteRange(header, 10_000)).toEqual(IGNORED);
  });
});

describe('a Range header for an empty object', () => {
  test.each(['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0'])('%j cannot be satisfied', (header) => {
    expect(parseByteRange(header, 0)).toEqual(UNSATISFIABLE);
  });
});

describe('any Range header', () => {
  test('asks for bytes that are there, or for none', () => {
    const number = fc.oneof(fc.nat(200).map(String), fc.constantFrom('', '00', '999999999999999', '-1'));
    fc.assert(
      fc.property(number, number, fc.nat(100), (first, last, size) => {
        const range = parseByteRange(`bytes=${first}-${last}`, size);
        if (range.kind !== 'bytes') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      }),
      { numRuns: 2_000 },
    );
  });
});
