import { describe, expect, it } from 'vitest';
import { maxAttached, planPreload } from '../../../core/preload/plan-preload.ts';
import { TUNING } from '../../../core/preload/tuning.ts';
import { episode, ORDINARY, playing, queued, stateOf } from './support/states.ts';

const IDLE = { kind: 'idle', ms: 250 };
const ready = queued({ fetchedSegments: 1, attached: true });

/** Everybody stays for `seconds`, and then all of them leave. */
function leavingAt(seconds: number): Uint8Array {
  return Uint8Array.from({ length: 61 }, (_, second) => (second < seconds ? 255 : 1));
}

describe('the current episode', () => {
  it('gets its first segment before anything else', () => {
    expect(planPreload(stateOf({ current: playing(0, 0) }))).toEqual({ kind: 'fetch', item: 0, segment: 0 });
  });

  it('comes first while less is buffered than the guard and the time of its own next segment', () => {
    // 2 s at 100 KB/s take 0.4 s on 500 KB/s; the guard is 0.75 s.
    expect(planPreload(stateOf({ current: playing(2.9, 3) }))).toEqual({ kind: 'fetch', item: 0, segment: 3 });
    expect(planPreload(stateOf({ current: playing(2.3, 3) }))).toMatchObject({ kind: 'fetch', item: 1 });
  });

  it('is waited for while its segment is on its way: nothing competes with it', () => {
    const current = { ...playing(2, 3), bufferedSeconds: 0.4 };
    expect(planPreload(stateOf({ current }))).toEqual(IDLE);
  });

  it('is held no further ahead than its viewers are likely to stay', () => {
    const queue = [ready, { ...ready, attached: false }, { ...ready, attached: false }];
    const current = playing(1, 3);
    expect(planPreload(stateOf({ current, queue }))).toEqual({ kind: 'fetch', item: 0, segment: 3 });
    const survival = leavingAt(3);
    expect(planPreload(stateOf({ current: { ...current, survival }, queue }))).not.toMatchObject({ item: 0 });
  });

  it('is not fetched past the end of a preview, even when that is all there is to do', () => {
    const current = { ...playing(3.5, 3), playableSegments: 3 };
    expect(planPreload(stateOf({ current, queue: [] }))).toEqual(IDLE);
  });
});

describe('the next episode', () => {
  it('gets its first segment as soon as the current one is safe, whatever its curve says', () => {
    const unloved = queued({ survival: leavingAt(1) });
    const current = { ...playing(2.3, 3), survival: Uint8Array.of(255) };
    expect(planPreload(stateOf({ current, queue: [unloved] }))).toEqual({ kind: 'fetch', item: 1, segment: 0 });
  });

  it('gets a media element when it has something to show', () => {
    const queue = [queued({ fetchedSegments: 1 })];
    expect(planPreload(stateOf({ queue }))).toEqual({ kind: 'attach', item: 1, evictBehind: 0 });
  });

  it('gets more when the current one is about to be left', () => {
    const current = { ...playing(5, 8), survival: leavingAt(6) };
    expect(planPreload(stateOf({ current, queue: [ready] }))).toEqual({ kind: 'fetch', item: 1, segment: 1 });
    expect(planPreload(stateOf({ current: playing(5, 8), queue: [ready] }))).toEqual(IDLE);
  });

  it('gets more when the current one ends, which is a swipe too', () => {
    expect(planPreload(stateOf({ current: playing(59, 31), queue: [ready] }))).toMatchObject({ item: 1, segment: 1 });
  });

  it('waits while the link could not carry both', () => {
    // 1 s of it takes 0.8 s of the link, the current one's own 2 s take 1.6 s: 3.15 s with the guard.
    const at = (bufferEnd: number): unknown =>
      planPreload(stateOf({ bandwidthBps: 1_000_000, current: playing(bufferEnd, 8) }));
    expect(at(14 - 3.2)).toMatchObject({ item: 1 });
    expect(at(14 - 3.1)).toMatchObject({ item: 0 });
  });

  it('of a locked drama is fetched up to its preview and no further', () => {
    const current = { ...playing(5, 8), survival: leavingAt(6) };
    const locked = queued({ fetchedSegments: 2, playableSegments: 2, attached: true });
    expect(planPreload(stateOf({ current, queue: [locked] }))).toEqual(IDLE);
    expect(planPreload(stateOf({ queue: [queued({ playableSegments: 0 })] }))).toEqual(IDLE);
  });
});

describe('the episodes after the next', () => {
  it('get their first second as bytes when quick swipes are likely', () => {
    const quick = leavingAt(1);
    const current = { ...playing(5, 8), survival: leavingAt(6) };
    const queue = [{ ...ready, survival: quick, fetchedSegments: 3 }, queued({ survival: quick }), queued()];
    expect(planPreload(stateOf({ current, queue }))).toEqual({ kind: 'fetch', item: 2, segment: 0 });
    const calm = queue.map((each) => ({ ...each, survival: Uint8Array.of(255) }));
    expect(planPreload(stateOf({ current, queue: calm }))).toEqual(IDLE);
  });

  it('get it when swipes in a row are merely possible, once the current one is safe', () => {
    const queue = [{ ...ready, survival: null }, queued({ survival: null })];
    const at = (fetchedSegments: number): unknown =>
      planPreload(stateOf({ current: { ...playing(0, fetchedSegments), survival: null }, queue }));
    expect(at(8)).toEqual({ kind: 'fetch', item: 2, segment: 0 });
    expect(at(1)).toMatchObject({ item: 0 });
  });
});

it('an episode that is in memory gets its element while the line is busy with the current one', () => {
  const queue = [queued({ fetchedSegments: 1 })];
  expect(planPreload(stateOf({ current: playing(5.2, 4), queue }))).toEqual({
    kind: 'attach',
    item: 1,
    evictBehind: 0,
  });
});

describe('a device that asks for less', () => {
  const quick = leavingAt(1);
  const current = { ...playing(5, 8), survival: leavingAt(6) };
  const filled = { ...ready, survival: quick, fetchedSegments: 3 };
  const queue = [filled, queued({ survival: quick, fetchedSegments: 1 }), queued({ survival: quick })];

  it('with little memory is served two episodes ahead, any other three', () => {
    expect(planPreload(stateOf({ current, queue }))).toMatchObject({ kind: 'fetch', item: 3 });
    expect(planPreload(stateOf({ current, queue, device: { ...ORDINARY, memoryGb: 2 } }))).toEqual(IDLE);
  });

  it('on a low battery is served one', () => {
    const two = [filled, queued({ survival: quick })];
    expect(planPreload(stateOf({ current, queue: two }))).toMatchObject({ item: 2 });
    expect(planPreload(stateOf({ current, queue: two, device: { ...ORDINARY, lowBattery: true } }))).toEqual(IDLE);
  });

  it('with the data saver on gets the first segment of the next one, and only when a swipe is likely', () => {
    const device = { ...ORDINARY, saveData: true };
    expect(planPreload(stateOf({ queue: [queued()], device }))).toEqual(IDLE);
    expect(planPreload(stateOf({ current, queue: [queued()], device }))).toMatchObject({ item: 1, segment: 0 });
    expect(planPreload(stateOf({ current, queue: [ready], device }))).toEqual(IDLE);
  });

  it('keeps no previous episode: its element is taken for the next one', () => {
    const state = { queue: [queued({ fetchedSegments: 1 })], attachedBehind: 1 };
    expect(planPreload(stateOf(state))).toEqual({ kind: 'attach', item: 1, evictBehind: 0 });
    const device = { ...ORDINARY, memoryGb: 1 };
    expect(planPreload(stateOf({ ...state, device }))).toEqual({ kind: 'attach', item: 1, evictBehind: 1 });
    expect([maxAttached(ORDINARY), maxAttached(device)]).toEqual([3, 2]);
  });
});

it('a link that was never measured is taken for one that just carries the episode', () => {
  const at = (playhead: number): unknown => planPreload(stateOf({ bandwidthBps: null, current: playing(playhead, 8) }));
  // 2 s for its own segment, 1 s of the next one, 0.75 s guard.
  expect(at(14 - 3.8)).toMatchObject({ item: 1 });
  expect(at(14 - 3.7)).toMatchObject({ item: 0 });
});

it('the numbers can be others, for an app that would rather wait than pay', () => {
  const current = { ...playing(5, 8), survival: leavingAt(6) };
  const never = { ...TUNING, threshold: 1.5, idleMs: 1000 };
  expect(planPreload(stateOf({ current, queue: [ready] }), never)).toEqual({ kind: 'idle', ms: 1000 });
});

it('an episode shorter than its first second is fetched once', () => {
  const short = { durationSeconds: 0.6, segmentEndsSeconds: [0.6], playableSegments: 1 };
  const current = { ...episode({ ...short, fetchedSegments: 1 }), playheadSeconds: 0.2, bufferedSeconds: 0.4 };
  expect(planPreload(stateOf({ current, queue: [queued({ ...short, fetchedSegments: 1, attached: true })] }))).toEqual(
    IDLE,
  );
});
