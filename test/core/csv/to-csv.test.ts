import { describe, expect, test } from 'vitest';
import { toCsv } from '#core/csv/to-csv.ts';

const cell = (value: string | number | boolean | null): string =>
  toCsv({ columns: ['x'], rows: [[value]] }).slice('x\r\n'.length, -'\r\n'.length);

describe('a table as CSV', () => {
  test('has a header row, CRLF behind each record, and nothing for what was not measured', () => {
    expect(
      toCsv({
        columns: ['value', 'views', 'rate'],
        rows: [
          ['DE', 3, null],
          ['US', 0, 0.5],
        ],
      }),
    ).toBe('value,views,rate\r\nDE,3,\r\nUS,0,0.5\r\n');
  });

  test.each([
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['', ''],
    ['Küsse', 'Küsse'],
  ])('quotes as RFC 4180 does: %j', (text, expected) => {
    expect(cell(text)).toBe(expected);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '=HYPERLINK("https://x")'])(
    'runs no formula that a player sent: %j',
    (text) => {
      expect(cell(text).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  test('leaves numbers as numbers, those below zero too', () => {
    expect([cell(-3.5), cell(1e21), cell(0)]).toEqual(['-3.5', '1e+21', '0']);
  });
});
