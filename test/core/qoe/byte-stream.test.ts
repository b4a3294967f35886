import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '#core/qoe/byte-stream.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { accumulate, emptyRollup, type RollupSum } from '#core/qoe/rollup.ts';
import {
  addStored,
  bytesOfRollup,
  bytesOfSegments,
  readSegments,
} from '../../../workers/analytics/series-views/segment-bytes.ts';
import { viewOf } from './some-views.ts';

function back(value: number): number {
  const writer = new ByteWriter();
  writer.number(value);
  return new ByteReader(writer.take()).number();
}

describe('a count in bytes', () => {
  test.each([0, 127, 128, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER])('comes back as it was: %d', (value) => {
    expect(back(value)).toBe(value);
  });

  test('that is beyond what a sum can be is the end that it is beyond', () => {
    expect([2 ** 60, Infinity, -1].map(back)).toEqual([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0]);
  });

  test.each([0.5, Number.NaN])('is not %d', (value) => {
    expect(() => back(value)).toThrow(RangeError);
  });

  test('has nothing of a row that could not be written before it', () => {
    const good = { counts: { stalls: 3 }, sketches: {}, curves: {} };
    const bad = { counts: { stalls: 3, stallMs: 0.5 }, sketches: {}, curves: {} };
    const before = bytesOfRollup(good);
    expect(() => bytesOfRollup(bad)).toThrow(RangeError);
    expect(bytesOfRollup(good)).toEqual(before);
    expect(() => bytesOfSegments({ country: new Map([['JP', bad]]) })).toThrow(RangeError);
    const bytes = bytesOfSegments({ country: new Map([['KR', good]]) });
    const [segment, ...others] = readSegments(bytes, null);
    expect(segment).toEqual({ dimension: 'country', value: 'KR', bytes: before });
    expect(others).toEqual([]);
  });

  test('is added as it would have been before it was bytes', () => {
    const views = [5, 11, 11, 40].map((seconds) =>
      contributionOf(
        viewOf({ watched: [[0, seconds]], stalls: [{ atSeconds: 3, durationMs: 900 }], startupMs: seconds * 31 }),
        { durationSeconds: 60, lowBelowPx: 960 },
      ),
    );
    const sum = views.reduce<RollupSum>((before, view) => accumulate(before, view, 1), emptyRollup());
    expect(Object.keys(sum.curves).length).toBeGreaterThan(5);
    expect(views.reduce<RollupSum>((before, view) => addStored(before, bytesOfRollup(view)), emptyRollup())).toEqual(
      sum,
    );
    expect(addStored(emptyRollup(), bytesOfRollup(sum))).toEqual(sum);
  });
});
