import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { API_KEY_RANDOM_BYTES, formatApiKey, isApiKey } from '#core/api-key/format.ts';

const makeKey = (): string => formatApiKey('live', '01234567', randomBytes(API_KEY_RANDOM_BYTES));

describe('an API key', () => {
  test('says where it is from, which it is, and ends with a checksum', () => {
    expect(makeKey()).toMatch(/^sk_live_01234567_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
  });

  test('is taken as it was made, a thousand times', () => {
    const keys = new Set(Array.from({ length: 1_000 }, makeKey));
    expect(keys.size).toBe(1_000);
    for (const key of keys) expect(isApiKey(key)).toBe(true);
  });

  test('has the CRC-32 that others compute, in base 62', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const key = makeKey();
    const value = [...key.slice(-6)].reduce((sum, char) => sum * 62 + alphabet.indexOf(char), 0);
    expect(value).toBe(crc32(key.slice(0, -7)));
  });

  test('with any one character changed is none', () => {
    const key = makeKey();
    for (let at = 'sk_'.length; at < key.length; at++) {
      if (key[at] === '_') continue;
      const other = key[at] === 'a' ? 'b' : 'a';
      expect(isApiKey(key.slice(0, at) + other + key.slice(at + 1)), `character ${at}`).toBe(false);
    }
  });

  test('from before there was a checksum is still one', () => {
    expect(isApiKey(`sk_local_abcdefgh_${'0123456789'.repeat(4)}abc`)).toBe(true);
  });

  test.each(['', 'sk_', 'sk_live_short_x', `pk_live_01234567_${'a'.repeat(43)}`, `sk_live_01234567_${'a'.repeat(65)}`])(
    'is not %j',
    (text) => {
      expect(isApiKey(text)).toBe(false);
    },
  );

  test('has every character of the alphabet about as often as any other', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 2_000; n++) {
      for (const char of makeKey().slice(17, 60)) counts.set(char, (counts.get(char) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    const mean = (2_000 * 43) / 62;
    for (const count of counts.values()) expect(Math.abs(count - mean) / mean).toBeLessThan(0.2);
  });
});
