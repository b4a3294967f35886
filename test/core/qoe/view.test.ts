import { describe, expect, test } from 'vitest';
import { toViewEventWire } from '../../../core/qoe/beacon-wire.ts';
import { foldView, startView, type ViewEvent, type ViewState } from '../../../core/qoe/view.ts';

const fold = (...events: ViewEvent[]): ViewState => events.reduce(foldView, startView(1000));
const firstFrame: ViewEvent = { kind: 'first-frame', atMs: 1080 };
const playing = (atMs: number, positionSeconds: number): ViewEvent => ({ kind: 'playing', atMs, positionSeconds });
const tick = (atMs: number, positionSeconds: number): ViewEvent => ({ kind: 'tick', atMs, positionSeconds });
const waiting = (atMs: number, positionSeconds: number): ViewEvent => ({ kind: 'waiting', atMs, positionSeconds });

describe('a view', () => {
  test('has a startup time from the swipe to the first frame, and only the first one counts', () => {
    expect(fold(firstFrame, { kind: 'first-frame', atMs: 9000 }).startupMs).toBe(80);
  });

  test('that is left before its first frame has no startup time', () => {
    const view = fold({ kind: 'left', atMs: 1200, by: 'swipe' });
    expect(view).toMatchObject({ startupMs: null, leftBy: 'swipe', watched: [] });
  });

  test('counts the seconds that really played', () => {
    const view = fold(firstFrame, playing(1080, 0), tick(1330, 0.25), tick(1580, 0.5));
    expect(view.watched).toEqual([[0, 0.5]]);
  });

  test('tells what was played again as well, in the order it was played', () => {
    const seek: ViewEvent = { kind: 'seek', atMs: 2100 };
    const view = fold(firstFrame, playing(1080, 0), tick(2080, 1), seek, playing(2150, 0.5), tick(3400, 1.75));
    expect(view.watched).toEqual([[0, 1.75]]);
    expect(view.plays).toEqual([
      [0, 1],
      [0.5, 1.75],
    ]);
  });

  test('keeps the first time that its end was reached, and the last time that it was left', () => {
    const ended = (atMs: number): ViewEvent => ({ kind: 'ended', atMs, positionSeconds: 8 });
    const left = (atMs: number): ViewEvent => ({ kind: 'left', atMs, by: 'hidden' });
    const view = fold(
      firstFrame,
      ended(9000),
      left(9500),
      { kind: 'returned', atMs: 9900 },
      ended(20_000),
      left(21_000),
    );
    expect(view).toMatchObject({ endedAtMs: 9000, leftAtMs: 21_000 });
  });

  test('does not count what a seek jumped over', () => {
    const view = fold(
      firstFrame,
      playing(1080, 0),
      tick(1330, 0.25),
      { kind: 'seek', atMs: 1400 },
      playing(1500, 8),
      tick(1750, 8.25),
    );
    expect(view.watched).toEqual([
      [0, 0.25],
      [8, 8.25],
    ]);
  });

  test('does not count a gap of the clock, as after a laptop slept', () => {
    expect(fold(firstFrame, playing(1080, 0), tick(60_000, 40)).watched).toEqual([]);
  });

  test('has a stall where playing stopped for want of data', () => {
    const view = fold(firstFrame, playing(1080, 0), tick(2080, 1), waiting(2100, 1), playing(2900, 1));
    expect(view.stalls).toEqual([{ atSeconds: 1, durationMs: 800 }]);
  });

  const noStall: readonly [string, ViewEvent[]][] = [
    ['waiting before the first frame is startup', [waiting(1010, 0), firstFrame, playing(1900, 0)]],
    [
      'waiting after a seek is seek latency',
      [firstFrame, playing(1080, 0), { kind: 'seek', atMs: 1200 }, waiting(1210, 9), playing(1900, 9)],
    ],
    ['less than 50 ms is seen by nobody', [firstFrame, playing(1080, 0), waiting(1500, 0.4), playing(1540, 0.4)]],
  ];
  test.each(noStall)('has no stall: %s', (_name, events) => {
    expect(fold(...events).stalls).toEqual([]);
  });

  test('that comes back from a hidden page goes on and is no longer left', () => {
    const view = fold(firstFrame, { kind: 'left', atMs: 2000, by: 'hidden' }, { kind: 'returned', atMs: 9000 });
    expect(view.leftBy).toBeNull();
  });

  test('is told in hundredths of a second and whole milliseconds', () => {
    const view = fold({ kind: 'first-frame', atMs: 1080.4 }, playing(1080, 0.001), tick(1330, 0.2512));
    const identity = { viewId: 'v', sessionId: 's', episodeId: 'e' };
    expect(toViewEventWire(identity, 3, view)).toMatchObject({ seq: 3, startupMs: 80, watched: [[0, 0.25]] });
  });
});
