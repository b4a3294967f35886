import { expect, test } from 'vitest';
import { readTestArguments } from '../../scripts/test/arguments.ts';
import { totalsLine } from '../../scripts/test/totals.ts';

test('what follows `npm test --` is projects, files, or flags', () => {
  expect(readTestArguments(['core', 'wallet', '-t', 'spends', '--bail'])).toEqual({
    projects: ['core'],
    filters: ['wallet'],
    options: { testNamePattern: /spends/, bail: 1 },
  });
});

test('the last line is one plain line of totals', () => {
  expect(totalsLine({ passed: 12, failed: 0, skipped: 1 })).toBe('12 passed, 0 failed, 1 skipped');
});
