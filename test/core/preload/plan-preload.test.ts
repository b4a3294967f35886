import { describe, expect, it } from 'vitest';
import { maxAttached, planPreload } from '../../../core/preload/plan-preload.ts';
import type { PreloadState, QueuedEpisode } from '../../../core/preload/state.ts';
import { TUNING } from '../../../core/preload/tuning.ts';
import { episode, ORDINARY, playing, queued, stateOf } from './support/states.ts';

const IDLE = { kind: 'idle', ms: 250 };
/** Something comes that is waited for. */
const SOON = { kind: 'idle', ms: 80 };
const ready = queued({ fetchedSegments: 1, attached: true });

/** Everybody stays for `seconds`, and then all of them leave. */
function leavingAt(seconds: number): Uint8Array {
  return Uint8Array.from({ length: 61 }, (_, second) => (second < seconds ? 255 : 1));
}

describe('the current episode', () => {
  it('gets its first segment before anything else', () => {
    expect(planPreload(stateOf({ current: playing(0, 0) }))).toEqual({ kind: 'fetch', item: 0, segment: 0 });
  });

  it('comes first when its own next segment would else come too late', () => {
    // 2 s at 100 KB/s take 0.4 s on 500 KB/s, the next first segment 0.2 s, and 0.2 s are kept.
    expect(planPreload(stateOf({ current: playing(3.3, 3) }))).toEqual({ kind: 'fetch', item: 0, segment: 3 });
    expect(planPreload(stateOf({ current: playing(3.1, 3) }))).toMatchObject({ kind: 'fetch', item: 1 });
  });

  it('is waited for while its segment is on its way and nearly needed: nothing competes with it', () => {
    const underWay = { transfers: 1, bytes: 160_000 };
    const at = (bufferedSeconds: number): unknown =>
      planPreload(stateOf({ current: { ...playing(2, 3), bufferedSeconds }, underWay }));
    expect(at(0.4)).toEqual(SOON);
    expect(at(0.6)).toMatchObject({ kind: 'fetch', item: 1 });
  });

  it('asks for the segment after that one only when it has nearly come: side by side both would be late', () => {
    const current = { ...playing(0.5, 2), bufferedSeconds: 0.5 };
    const at = (bytes: number): unknown =>
      planPreload(stateOf({ current, queue: [], bandwidthBps: 2_000_000, underWay: { transfers: 1, bytes } }));
    expect(at(90_000)).toEqual(SOON);
    // 0.19 s for what is coming: asked again when that is as long as a request takes, 0.15 s.
    expect(at(47_500)).toEqual({ kind: 'idle', ms: expect.closeTo(40) });
    expect(at(30_000)).toEqual({ kind: 'fetch', item: 0, segment: 2 });
  });

  it('is one of two transfers at the most', () => {
    const underWay = { transfers: 2, bytes: 1_000 };
    expect(planPreload(stateOf({ underWay }))).toEqual(IDLE);
    expect(planPreload(stateOf({ underWay: { ...underWay, transfers: 1 } }))).toMatchObject({ item: 1 });
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
    // 1 s of it takes 0.8 s of the link, the current one's own 2 s take 1.6 s.
    const at = (bufferEnd: number): unknown =>
      planPreload(stateOf({ bandwidthBps: 1_000_000, current: playing(bufferEnd, 8) }));
    expect(at(14 - 2.7)).toMatchObject({ item: 1 });
    expect(at(14 - 2.5)).toMatchObject({ item: 0 });
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
      planPreload(
        stateOf({ current: { ...playing(0, fetchedSegments), survival: null }, queue, bandwidthBps: 1_000_000 }),
      );
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

describe('where the first fragment can be fetched by itself', () => {
  const HEAD = { share: 0.4, state: 'missing' } as const;
  const none = queued({ head: HEAD });
  const shown = queued({ head: { ...HEAD, state: 'here' }, attached: true });
  const plan = (queue: QueuedEpisode[], changes: Partial<PreloadState> = {}): unknown =>
    planPreload(stateOf({ current: playing(0, 8), bandwidthBps: 1_600_000, queue, ...changes }));

  it('the next first frame comes first, then the one after it, then what the next one plays after its first', () => {
    expect(plan([none, none, none])).toEqual({ kind: 'head', item: 1 });
    expect(plan([shown, none, none])).toEqual({ kind: 'head', item: 2 });
    expect(plan([shown, shown, none])).toEqual({ kind: 'fetch', item: 1, segment: 0 });
    expect(plan([ready, shown, none])).toEqual({ kind: 'head', item: 3 });
    expect(plan([ready, shown, shown])).toEqual({ kind: 'fetch', item: 2, segment: 0 });
  });

  it('it is shown as soon as it is here, or on its way', () => {
    const coming = queued({ head: { ...HEAD, state: 'coming' } });
    expect(plan([coming])).toEqual({ kind: 'attach', item: 1, evictBehind: 0 });
  });

  it('the rest is not asked for before the head is here', () => {
    const coming = queued({ head: { ...HEAD, state: 'coming' }, attached: true });
    expect(plan([coming])).toEqual(IDLE);
    const current = { ...playing(0, 0), bufferedSeconds: 0.2, head: { ...HEAD, state: 'coming' as const } };
    expect(plan([], { current })).toEqual(IDLE);
    const begun = { ...current, head: { ...HEAD, state: 'here' as const } };
    expect(plan([], { current: begun })).toEqual({ kind: 'fetch', item: 0, segment: 0 });
  });

  it('the next first frame may cost those who stay half a second; what comes after it, nothing', () => {
    // 1 s of the link for its own next segment of 2 s; a head takes 0.2 s of it.
    const at = (bufferedSeconds: number, queue: QueuedEpisode[]): unknown =>
      plan(queue, { bandwidthBps: 1_600_000, current: playing(14 - bufferedSeconds, 8) });
    expect(at(0.75, [none])).toEqual({ kind: 'head', item: 1 });
    expect(at(0.65, [none])).toMatchObject({ item: 0 });
    expect(at(1.35, [shown, none])).toMatchObject({ item: 0 });
    expect(at(1.45, [shown, none])).toEqual({ kind: 'head', item: 2 });
  });

  it('with the data saver on nothing of it is fetched that a swipe is not likely to ask for', () => {
    expect(plan([none], { device: { ...ORDINARY, saveData: true } })).toEqual(IDLE);
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
  // 2 s for its own segment, 1 s of the next one.
  expect(at(14 - 3.3)).toMatchObject({ item: 1 });
  expect(at(14 - 3.1)).toMatchObject({ item: 0 });
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
