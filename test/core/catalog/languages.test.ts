import { describe, expect, test } from 'vitest';
import { lookUpLanguage, parseAcceptLanguage } from '#core/catalog/languages.ts';

describe('what a viewer wants to read', () => {
  test.each([
    [null, []],
    ['', []],
    ['de', ['de']],
    ['de-CH, fr;q=0.5, en;q=0.8', ['de-CH', 'en', 'fr']],
    ['en;q=0, de', ['de']],
    ['da, en-gb;q=0.8, *;q=0.1', ['da', 'en-gb', '*']],
    ['de;q=2, fr;q=x, en;q=0.1', ['en']],
    ['<script>, de', ['de']],
  ])('is read from %j', (header, ranges) => {
    expect(parseAcceptLanguage(header)).toEqual(ranges);
  });
});

describe('the language that fits', () => {
  test.each([
    [['de-CH'], ['de', 'en'], 'de'],
    [['DE'], ['de'], 'de'],
    [['zh-Hant-TW'], ['zh', 'zh-Hant'], 'zh-Hant'],
    [['zh-Hant-x-private'], ['zh-Hant', 'x'], 'zh-Hant'],
    [['fr', 'en'], ['de', 'en'], 'en'],
    [['de'], ['de-AT'], null],
    [['*', 'de'], ['de'], null],
    [[], ['de'], null],
  ])('of %j is, among %j, %s', (wanted, available, found) => {
    expect(lookUpLanguage(wanted, available)).toBe(found);
  });
});
