import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contributionOf, type ViewContext } from '#core/qoe/contribution.ts';
import { EVERY_NAME_HAS_A_PLACE } from '#core/qoe/rollup-places.ts';
import { add, emptyRollup, subtract, type Rollup } from '#core/qoe/rollup.ts';
import { segmentsOf, type ViewRecord } from '#core/qoe/view-record.ts';
import { anyView, NO_DIMENSIONS, viewOf } from './some-views.ts';

const CONTEXT: ViewContext = { durationSeconds: 90, lowBelowPx: 640 };
const contribution = (view: ViewRecord): Rollup => contributionOf(view, CONTEXT);
const sumOf = (views: readonly ViewRecord[]): Rollup => views.map(contribution).reduce<Rollup>(add, emptyRollup());

/** What a consumer does with each beacon: a newer one takes the older one's place. */
function receive(beacons: readonly ViewRecord[]): Rollup {
  const stored = new Map<string, ViewRecord>();
  let rollup: Rollup = emptyRollup();
  for (const beacon of beacons) {
    const before = stored.get(beacon.viewId);
    if (before !== undefined && before.seq >= beacon.seq) continue;
    if (before !== undefined) rollup = subtract(rollup, contribution(before));
    rollup = add(rollup, contribution(beacon));
    stored.set(beacon.viewId, beacon);
  }
  return rollup;
}

/** Up to six views that told themselves up to four times each. */
const told = fc
  .array(fc.array(anyView, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  .map((views) => views.map((states, id) => states.map((state, seq) => ({ ...state, viewId: `${id}`, seq }))));

describe('a rollup', () => {
  test('is the sum of its views in any order, and taking one out leaves the rest', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 12 }), anyView, (views, extra) => {
        const sum = sumOf(views);
        expect(sumOf(views.toReversed())).toEqual(sum);
        expect(subtract(add(sum, contribution(extra)), contribution(extra))).toEqual(sum);
        expect(subtract(sum, sum)).toEqual(emptyRollup());
      }),
    );
  });

  test('of beacons shuffled and delivered three times is that of the last state of each view', () => {
    fc.assert(
      fc.property(
        told.chain((views) => {
          const beacons = views.flat();
          const thrice = [...beacons, ...beacons, ...beacons];
          const shuffled = fc.shuffledSubarray(thrice, { minLength: thrice.length, maxLength: thrice.length });
          return fc.record({ views: fc.constant(views), shuffled });
        }),
        ({ views, shuffled }) => {
          expect(receive(shuffled)).toEqual(sumOf(views.map((states) => states.at(-1) ?? viewOf({}))));
        },
      ),
    );
  });

  test('that lost one beacon is that of the last states that arrived', () => {
    fc.assert(
      fc.property(told, fc.nat(), (views, pick) => {
        const beacons = views.flat();
        const lost = beacons[pick % beacons.length];
        const arrived = views.map((states) => states.filter((state) => state !== lost));
        expect(receive(arrived.flat())).toEqual(sumOf(arrived.flatMap((states) => states.slice(-1))));
      }),
    );
  });

  test('holds whole numbers only, and no zeros: so its sums are exact and its JSON is one', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 6 }), (views) => {
        const { counts, curves, sketches } = sumOf(views);
        for (const count of Object.values(counts)) expect(Number.isSafeInteger(count) && count > 0).toBe(true);
        for (const curve of Object.values(curves)) {
          expect(curve.every(Number.isSafeInteger)).toBe(true);
          expect(curve.at(-1)).not.toBe(0);
        }
        expect(JSON.parse(JSON.stringify({ counts, curves, sketches }))).toEqual({ counts, curves, sketches });
      }),
    );
  });

  test('counts each view once, as one outcome or as flagged', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 12 }), (views) => {
        const { counts } = sumOf(views);
        const outcomes = Object.entries(counts).filter(([name]) => name === 'flagged' || name.startsWith('outcome.'));
        expect(outcomes.reduce((sum, [, count]) => sum + count, 0)).toBe(views.length);
      }),
    );
  });

  test('has at risk whoever left in a second, each in one exposure and one network', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 8 }), (views) => {
        const { curves } = sumOf(views);
        const total = (suffix: string, second: number): number =>
          Object.entries(curves).reduce(
            (sum, [name, curve]) =>
              sum + (name.startsWith('hazard.') && name.endsWith(suffix) ? (curve[second] ?? 0) : 0),
            0,
          );
        for (let second = 0; second < 90; second++) {
          const stillThere = (curves.leftAt ?? []).slice(second).reduce((sum, count) => sum + count, 0);
          const censored = (curves.stayedUntil ?? []).slice(second + 1).reduce((sum, count) => sum + count, 0);
          expect(total('.atRisk', second)).toBe(stillThere + censored);
          expect(total('.left', second)).toBe(curves.leftAt?.[second] ?? 0);
        }
      }),
    );
  });
});

describe('what a view adds', () => {
  test('are the seconds that it played, those played again too', () => {
    const view = viewOf({
      watched: [[0, 6]],
      details: {
        plays: [
          [0, 4],
          [2, 6],
        ],
      },
    });
    const { counts, curves } = contributionOf(view, { durationSeconds: 8, lowBelowPx: null });
    expect(counts).toMatchObject({ playedMs: 8_000, watchedBasisPoints: 7_500 });
    expect(curves.playedBySecond).toEqual([1, 1, 1, 1, 1, 1]);
    expect(curves.playsBySecond).toEqual([1, 1, 2, 2, 1, 1]);
    expect(curves.playedByPercent).toHaveLength(75);
  });

  test('is a leaver only where it was swiped away: a paywall, the end and a hidden page say that it stayed so long', () => {
    const of = (changes: Parameters<typeof viewOf>[0]) =>
      contribution(viewOf({ watched: [[0, 7.6]], ...changes })).curves;
    expect(of({ leftBy: 'swipe' })).toMatchObject({ leftAt: [0, 0, 0, 0, 0, 0, 0, 1] });
    for (const other of [
      of({ leftBy: 'hidden' }),
      of({ leftBy: 'paywall' }),
      of({ leftBy: null }),
      of({ leftBy: 'swipe', details: { paywallShown: true } }),
    ])
      expect(other).toMatchObject({ stayedUntil: [0, 0, 0, 0, 0, 0, 0, 0, 1] });
  });

  test('has a stall in the five seconds before behind who was there, and a low rendition where there was none', () => {
    const view = viewOf({
      watched: [[0, 12.5]],
      leftBy: 'swipe',
      stalls: [{ atSeconds: 3.2, durationMs: 900 }],
      details: {
        bandwidthBps: 900_000,
        renditions: [
          { atSeconds: 0, bandwidthBps: 2e6, heightPx: 1280 },
          { atSeconds: 11, bandwidthBps: 3e5, heightPx: 426 },
        ],
      },
    });
    expect(contribution(view).curves).toMatchObject({
      'hazard.stall.slow.atRisk': [0, 0, 0, 1, 1, 1, 1, 1, 1],
      'hazard.clear.slow.atRisk': [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1],
      'hazard.low.slow.atRisk': [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
      'hazard.low.slow.left': [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    });
  });

  test.each([
    ['a bot', { botRules: '2026-11' }, 'bot'],
    ['played past the end', { watched: [[0, 92.5]] }, 'past-the-end'],
    [
      'played three times as fast as time',
      { watched: [[0, 90]], notBeforeMs: 0, lastReceivedAtMs: 30_000 },
      'faster-than-time',
    ],
    [
      'stalled for longer than it can have lasted',
      { stalls: [{ atSeconds: 1, durationMs: 60_000 }], notBeforeMs: 0, lastReceivedAtMs: 30_000 },
      'stalled-longer-than-time',
    ],
  ] as const)('is only that it is flagged, where %s', (_, changes, flag) => {
    expect(contribution(viewOf(changes))).toEqual({ ...emptyRollup(), counts: { flagged: 1, [`flag.${flag}`]: 1 } });
  });

  test('is not flagged at 2x, nor a frame past the end', () => {
    const view = viewOf({ watched: [[0, 91]], notBeforeMs: 0, lastReceivedAtMs: 45_500 });
    expect(contribution(view).counts.flagged).toBeUndefined();
  });
});

describe('a view counts', () => {
  test('in the total, and once in each dimension: by the rendition that was longest on the screen, and as unknown where it is', () => {
    const renditions = [
      { atSeconds: 0, bandwidthBps: 4e5, heightPx: 426 },
      { atSeconds: 4, bandwidthBps: 2e6, heightPx: 1280 },
    ];
    const view = viewOf({
      watched: [[0, 30]],
      details: { renditions },
      dimensions: { ...NO_DIMENSIONS, country: 'IN' },
    });
    const segments = segmentsOf(view);
    expect(segments[0]).toEqual({ dimension: 'all', value: '' });
    expect(segments).toContainEqual({ dimension: 'country', value: 'IN' });
    expect(segments).toContainEqual({ dimension: 'rendition', value: '1280p' });
    expect(segments).toContainEqual({ dimension: 'os', value: 'unknown' });
    expect(new Set(segments.map(({ dimension }) => dimension)).size).toBe(10);
  });
});

test('every name has a place in what is stored', () => expect(EVERY_NAME_HAS_A_PLACE).toBe(true));
