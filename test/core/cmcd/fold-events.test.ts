import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CMCD_EVENTS, mergeCmcdEvents, type CmcdEvent } from '#core/cmcd/event.ts';
import { foldCmcdEvents, isCmcdView } from '#core/cmcd/fold-events.ts';

const identity = { viewId: 'v', sessionId: 's', episodeId: 'ep_1' };
const fold = (...events: readonly CmcdEvent[]) => foldCmcdEvents(identity, mergeCmcdEvents([], events));
let sequence = 0;
const at = (atMs: number, state?: CmcdEvent['state'], more: Partial<CmcdEvent> = {}): CmcdEvent => ({
  atMs: 1_800_000_000_000 + atMs,
  sequence: sequence++,
  ...(state === undefined ? {} : { state }),
  ...more,
});

/** As hls.js tells a view of 10 s with a stall of 2 s in it. */
const VIEW: readonly CmcdEvent[] = [
  at(0, 'd'),
  at(100, 's', { bitrateKbps: 1_000 }),
  at(400, 'p', { throughputKbps: 5_200 }),
  at(4_400, 'r'),
  at(6_400, 'p', { bitrateKbps: 400 }),
  at(12_400, 'e'),
];

describe('a view, told in CMCD events', () => {
  test('is what was played, with its start, its stall and its bit rates', () => {
    const view = fold(...VIEW);
    expect(view).toMatchObject({ ...identity, seq: 6, startupMs: 300, ended: true, leftBy: 'end', watched: [[0, 10]] });
    expect(view.stalls).toEqual([{ atSeconds: 4, durationMs: 2_000 }]);
    expect(view.details).toMatchObject({
      plays: [[0, 10]],
      bandwidthBps: 5_200_000,
      renditions: [
        { atSeconds: 0, bandwidthBps: 1_000_000, heightPx: null },
        { atSeconds: 4, bandwidthBps: 400_000, heightPx: null },
      ],
    });
  });

  test('is the same in whatever order its events come, and however often', () => {
    const whole = fold(...VIEW);
    const shuffled = fc.shuffledSubarray([...VIEW, ...VIEW, ...VIEW], { minLength: 18, maxLength: 18 });
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 0, max: 18 }), (events, cut) => {
        const first = mergeCmcdEvents([], events.slice(0, cut));
        expect(foldCmcdEvents(identity, mergeCmcdEvents(first, events.slice(cut)))).toEqual(whole);
      }),
    );
  });

  test('of which a part is known has a lower seq than with the rest', () => {
    expect(fold(...VIEW.slice(0, 3)).seq).toBeLessThan(fold(...VIEW).seq);
    expect(fold(...VIEW.slice(0, 3)).watched).toEqual([]);
  });

  test('has the playhead where the player says it is', () => {
    const view = fold(at(0, 'p', { positionMs: 3_000 }), at(2_000, undefined, { positionMs: 5_100 }), at(3_000, 'a'));
    expect(view.watched).toEqual([[3, 6.1]]);
  });

  test('counts nothing as seen where a seek of unknown length has led, until the playhead is told', () => {
    const view = fold(at(0, 's'), at(100, 'p'), at(2_100, 'k'), at(2_200, 'p'), at(4_200, 'a'));
    expect(view.watched).toEqual([[0, 2]]);
    const told = fold(at(0, 'p'), at(2_000, 'k'), at(2_100, 'p', { positionMs: 40_000 }), at(4_100, 'a'));
    expect(told.watched).toEqual([
      [0, 2],
      [40, 42],
    ]);
  });

  test('that is played again from its end has been played twice', () => {
    const view = fold(at(0, 'p'), at(4_000, 'e'), at(5_000, 'k'), at(5_100, 'p'), at(7_100, 'q'));
    expect(view.details?.plays).toEqual([
      [0, 4],
      [0, 2],
    ]);
    expect(view).toMatchObject({ ended: true, leftBy: 'swipe', watched: [[0, 4]] });
  });

  test('at double speed has twice as much media in it', () => {
    expect(fold(at(0, 'p', { rate: 2 }), at(3_000, 'a')).watched).toEqual([[0, 6]]);
  });

  test('of a player that falls silent while it plays is not played on for ever', () => {
    expect(fold(at(0, 'p'), at(3_600_000, 'a')).watched).toEqual([[0, 60]]);
  });

  test('takes the start delay and the starvations of a player that tells those', () => {
    const view = fold(at(0, 'p', { startDelayMs: 740 }), at(9_000, 'p', { starvedMs: [800, 20] }));
    expect(view.startupMs).toBe(740);
    expect(view.stalls).toEqual([{ atSeconds: 9, durationMs: 800 }]);
  });

  test('names the error that ended it', () => {
    expect(fold(at(0, 's'), at(50, 'f', { error: 'fragLoadError' })).details?.error).toBe('fragLoadError');
    expect(fold(at(0, 's'), at(50, 'f')).details?.error).toBe('fatal');
  });

  test('is none while the player only fetches ahead', () => {
    expect(isCmcdView([at(0, 'd'), at(50, 'd'), at(60)])).toBe(false);
    expect(isCmcdView(VIEW)).toBe(true);
  });

  test('is bounded, and keeps its beginning', () => {
    const many = Array.from({ length: MAX_CMCD_EVENTS + 50 }, (_, n) => at(n * 100, n % 2 === 0 ? 'p' : 'a'));
    const first = mergeCmcdEvents([], many.slice(0, MAX_CMCD_EVENTS));
    expect(mergeCmcdEvents([], many.toReversed())).toEqual(first);
    expect(mergeCmcdEvents(first, many)).toEqual(first);
  });
});
