/** What `cliffhanger stats` says to people. */
import { describe, expect, test } from 'vitest';
import { clock, milliseconds, percent, share, sparkline } from '../../cli/stats/words.ts';

describe('a number, as people read it', () => {
  test('has its unit, and a dash where nothing was measured', () => {
    expect([percent(12.345), share(0.5), milliseconds(180.4), milliseconds(4_120), clock(65)]).toEqual([
      '12.3 %',
      '50.0 %',
      '180 ms',
      '4.1 s',
      '1:05',
    ]);
    expect([percent(null), share(null), milliseconds(null)]).toEqual(['–', '–', '–']);
  });
});

describe('a curve, as a line', () => {
  test('falls as viewers leave', () => {
    expect(sparkline([1, 0.75, 0.5, 0.25, 0])).toBe('█▇▅▃▁');
    expect(sparkline([])).toBe('');
  });

  test('is as wide as a terminal, however long the episode is', () => {
    expect(sparkline(Array.from({ length: 600 }, (_, at) => 1 - at / 600))).toHaveLength(60);
    expect(sparkline([1, 1, 0, 0], 2)).toBe('█▁');
  });
});
