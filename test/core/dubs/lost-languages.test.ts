import { expect, test } from 'vitest';
import { warnOfLostLanguages } from '#core/dubs/lost-languages.ts';

const before = [
  { language: 'en', label: 'English', isDefault: true },
  { language: 'es', label: 'Doblaje', isDefault: false },
  { language: null, label: 'Commentary', isDefault: false },
];

test('languages that the new version has not are named, the main one never', () => {
  expect(warnOfLostLanguages(before, [])?.detail).toContain('Doblaje (es), Commentary.');
  expect(warnOfLostLanguages(before, [{ language: 'es' }])?.detail).not.toContain('Doblaje');
});

test('nothing is told where all are there, or there was one language', () => {
  expect(warnOfLostLanguages(before, [{ language: 'es' }, { language: null }])).toBeNull();
  expect(warnOfLostLanguages(before.slice(0, 1), [])).toBeNull();
});
