import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketKey } from '#core/foreign-hls/bucket-key.ts';
import { opensAt } from '#core/foreign-hls/opens-at.ts';

describe('a segment opens', () => {
  test.each([
    ['a picture of the same boundaries, with its own number', [2, 2, 2], [2, 2, 2], true, [1, 2, 3]],
    ['a picture with longer segments, when all of it is covered', [2, 2, 2, 2], [4, 4], true, [1, 4]],
    ['sound, when it begins before the cut', [2, 2, 2, 2], [3, 3, 2], false, [1, 2, 4]],
    [
      'sound that begins a frame before a boundary, with what comes behind it',
      [2, 2, 2],
      [1.98, 2, 2],
      false,
      [1, 2, 3],
    ],
    ['text in one piece, with the first', [2, 2, 2], [6], false, [1]],
    ['what is longer than the picture, with all of it', [2, 2], [2, 2, 2, 2], false, [1, 2, 2, 2]],
  ])('%s', (_, reference, durations, isPicture, expected) => {
    expect(opensAt(reference, durations, isPicture)).toEqual(expected);
  });

  test('never shows a picture behind the cut, never closes with all covered, never falls, for any boundaries', () => {
    const seconds = fc.array(fc.double({ min: 0.2, max: 8, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(seconds, seconds, fc.boolean(), (reference, durations, isPicture) => {
        const opens = opensAt(reference, durations, isPicture);
        expect(opens).toEqual([...opens].toSorted((a, b) => a - b));
        let start = 0;
        for (const [index, duration] of durations.entries()) {
          const count = opens[index] ?? 0;
          const cut = reference.slice(0, count).reduce((sum, each) => sum + each, 0);
          const last = isPicture ? start + duration : start;
          if (index > 0 && count < reference.length) expect(last).toBeLessThanOrEqual(cut + 0.1001);
          expect(count).toBeLessThanOrEqual(reference.length);
          start += duration;
        }
      }),
    );
  });
});

describe('the key that a URI names', () => {
  const PREFIX = 'enc/1/';
  test.each([
    ['v.ts', 'enc/1/sub/v.ts'],
    ['../v.ts?x=1#y', 'enc/1/v.ts'],
    ['./a//b/./v.ts', 'enc/1/sub/a/b/v.ts'],
    ['/enc/1/v.ts', 'enc/1/v.ts'],
    ['a%20b.ts', 'enc/1/sub/a b.ts'],
    ['%e2%82%ac.ts', 'enc/1/sub/€.ts'],
  ])('%s is %s', (uri, key) => {
    expect(bucketKey('enc/1/sub/p.m3u8', uri, PREFIX)).toEqual({ ok: true, value: key });
  });

  test('lies below the prefix, whatever the URI', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '%2e',
      '%2f',
      '%5c',
      '\\',
      'a',
      ':',
      '?',
      '#',
      '%00',
      '%',
      ' ',
      'ü',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const key = bucketKey('enc/1/sub/p.m3u8', pieces.join(''), PREFIX);
        if (!key.ok) return;
        expect(key.value.startsWith(PREFIX)).toBe(true);
        expect(key.value.split('/')).not.toContain('..');
      }),
      { numRuns: 5_000 },
    );
  });
});
