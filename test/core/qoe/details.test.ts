import { describe, expect, test } from 'vitest';
import { unwatchedBytes } from '../../../core/qoe/bytes.ts';
import type { ViewDetailsWire } from '../../../core/qoe/details.ts';
import { parseDetails } from '../../../workers/analytics/parse-details.ts';

const DETAILS: ViewDetailsWire = {
  startSource: 'attached',
  renditions: [{ atSeconds: 0, bandwidthBps: 1_050_000, heightPx: 960 }],
  seeks: [{ fromSeconds: 1.5, toSeconds: 8 }],
  frames: { total: 240, dropped: 2 },
  bytes: { fetched: 400_000, unwatched: 90_000, ahead: 200_000 },
  bandwidthBps: 4_000_000,
  muted: true,
  muteChanges: 1,
  paywallShown: false,
  unlockMs: null,
  error: 'fragLoadError',
  plays: [
    [0, 10],
    [4, 12.5],
  ],
  place: { index: 3, intentMs: 61_000, endedMs: null, leftMs: 74_500 },
  offerTaken: 'coins',
  captions: { language: 'es', changes: 2 },
  wentTo: 'next',
  replays: 1,
};

describe('what a view tells beside what was watched', () => {
  test('is taken as it was sent', () => {
    expect(parseDetails(JSON.parse(JSON.stringify(DETAILS)))).toEqual(DETAILS);
  });

  test.each([[undefined], [null], ['text'], [[]]])('is nothing where it is %j', (value) => {
    expect(parseDetails(value)).toBeNull();
  });

  test('loses what cannot be, and the view is not lost for it', () => {
    const parsed = parseDetails({
      ...DETAILS,
      startSource: 'magic',
      seeks: [null, { fromSeconds: -1, toSeconds: 1e12 }, ...Array.from({ length: 99 }, () => ({}))],
      frames: { total: Number.NaN, dropped: -1 },
      bytes: { fetched: '1', unwatched: 1e20 },
      error: 'https://edge.test/m/secret',
    });
    expect(parsed).toMatchObject({ startSource: null, frames: { total: 0, dropped: 0 }, error: null });
    expect(parsed?.bytes).toEqual({ fetched: 0, unwatched: 0, ahead: 0 });
    expect(parsed?.seeks[0]).toEqual({ fromSeconds: 0, toSeconds: 0 });
    expect(parsed?.seeks.length).toBeLessThan(41);
  });
});

test('bytes that no view of an episode can have are not told, as thousands of them would be more than can be counted', () => {
  const bytes = { fetched: 4e9, unwatched: 4e9 + 1, ahead: 1e12 };
  expect(parseDetails({ ...DETAILS, bytes })?.bytes).toEqual({ fetched: 4e9, unwatched: 0, ahead: 0 });
});

describe('bytes that nobody watched', () => {
  const segment = (fromSeconds: number, toSeconds: number, bytes: number) => ({
    bytes,
    span: { fromSeconds, toSeconds },
  });
  const init = { bytes: 1_000, span: null };
  const objects = [init, segment(0, 1, 100_000), segment(1, 3, 200_000), segment(3, 5, 200_000)];

  test('are all of them where nothing was', () => {
    expect(unwatchedBytes(objects, [])).toBe(501_000);
  });

  test('are the unwatched share of each segment', () => {
    expect(unwatchedBytes(objects, [[0, 2]])).toBe(300_000);
    expect(
      unwatchedBytes(objects, [
        [0.5, 1],
        [4, 5],
      ]),
    ).toBe(350_000);
    expect(unwatchedBytes(objects, [[0, 5]])).toBe(0);
  });
});
