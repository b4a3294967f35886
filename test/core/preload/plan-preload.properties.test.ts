import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  backlogSeconds,
  headLinkSeconds,
  nextSegment,
  segmentLinkSeconds,
  spareSeconds,
  waitsForSegment,
} from '../../../core/preload/buffer.ts';
import { maxAttached, planPreload } from '../../../core/preload/plan-preload.ts';
import type { PreloadAction, PreloadState, QueuedEpisode } from '../../../core/preload/state.ts';
import { TUNING } from '../../../core/preload/tuning.ts';

const anyEpisode = fc
  .record({
    durations: fc.array(fc.double({ min: 0.3, max: 6, noNaN: true }), { minLength: 1, maxLength: 40 }),
    survival: fc.option(fc.uint8Array({ minLength: 1, maxLength: 70 }), { nil: null }),
    bytesPerSecond: fc.integer({ min: 10_000, max: 500_000 }),
    playable: fc.oneof(fc.constant(40), fc.nat(40)),
    fetched: fc.oneof(fc.nat(3), fc.nat(40)),
    attached: fc.boolean(),
    head: fc.option(
      fc.record({
        share: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        state: fc.constantFrom('missing', 'coming', 'here'),
      }),
      { nil: null },
    ),
  })
  .map(({ durations, survival, bytesPerSecond, playable, fetched, attached, head }): QueuedEpisode => {
    let end = 0;
    const segmentEndsSeconds = durations.map((duration) => (end += duration));
    const playableSegments = Math.min(playable, durations.length);
    const fetchedSegments = Math.min(fetched, playableSegments);
    const isAttached = attached && fetchedSegments > 0;
    return {
      durationSeconds: end,
      survival,
      segmentEndsSeconds,
      playableSegments,
      bytesPerSecond,
      fetchedSegments,
      head,
      attached: isAttached,
    };
  });

/** Only states that a feed can be in: never more elements than the device may have. */
const anyState: fc.Arbitrary<PreloadState> = fc
  .record({
    first: anyEpisode,
    queue: fc.array(anyEpisode, { maxLength: 5 }),
    playhead: fc.double({ min: 0, max: 1, noNaN: true }),
    arrived: fc.double({ min: 0, max: 1, noNaN: true }),
    attachedBehind: fc.nat(2),
    bandwidthBps: fc.option(
      fc.oneof(fc.integer({ min: 50_000, max: 5_000_000 }), fc.integer({ min: 50_000, max: 100_000_000 })),
      { nil: null },
    ),
    device: fc.record({
      saveData: fc.boolean(),
      lowBattery: fc.boolean(),
      memoryGb: fc.option(fc.constantFrom(0.5, 1, 2, 4, 8), { nil: null }),
    }),
  })
  .map(({ first, queue, playhead, arrived, attachedBehind, bandwidthBps, device }) => {
    const fetchedEnd = first.segmentEndsSeconds[first.fetchedSegments - 1] ?? 0;
    // Near the end of what was fetched, where there is something to decide.
    const playheadSeconds = Math.max(0, fetchedEnd - playhead * 12);
    // Mostly everything has come; at times one is on its way.
    const share = arrived > 0.3 ? 1 : arrived;
    const current = { ...first, playheadSeconds, bufferedSeconds: (fetchedEnd - playheadSeconds) * share };
    const missing = fetchedEnd - playheadSeconds - current.bufferedSeconds;
    const underWay =
      missing > 0.1
        ? { transfers: 1, bytes: missing * first.bytesPerSecond }
        : { transfers: first.head?.state === 'coming' && first.fetchedSegments === 0 ? 1 : 0, bytes: 0 };
    let free = maxAttached(device) - 1;
    const fitting = queue.map((each) => ({ ...each, attached: each.attached && free-- > 0 }));
    return {
      current,
      queue: fitting,
      attachedBehind: Math.max(0, Math.min(attachedBehind, free)),
      bandwidthBps,
      requestSeconds: 0.1,
      underWay,
      device,
    };
  });

function check(property: (state: PreloadState, action: PreloadAction) => void): void {
  fc.assert(
    fc.property(anyState, (state) => property(state, planPreload(state))),
    { numRuns: 1_000 },
  );
}

function itemOf(state: PreloadState, item: number): QueuedEpisode | PreloadState['current'] {
  const found = item === 0 ? state.current : state.queue[item - 1];
  if (found === undefined) throw new Error(`There is no item ${item}.`);
  return found;
}

it('nothing is fetched twice, out of order, or past what the media pass opens', () => {
  check((state, action) => {
    if (action.kind !== 'fetch') return;
    const episode = itemOf(state, action.item);
    expect(action.segment).toBe(episode.fetchedSegments);
    expect(action.segment).toBeLessThan(episode.playableSegments);
  });
});

it('there are never more than three media elements, two on a small device', () => {
  check((state, action) => {
    if (action.kind !== 'attach') return;
    expect(itemOf(state, action.item)).toMatchObject({ attached: false });
    const ahead = state.queue.filter(({ attached }) => attached).length;
    expect(action.evictBehind).toBeLessThanOrEqual(state.attachedBehind);
    const elements = 1 + ahead + state.attachedBehind - action.evictBehind + 1;
    expect(elements).toBeLessThanOrEqual(state.device.memoryGb !== null && state.device.memoryGb <= 2 ? 2 : 3);
  });
});

/** By how much the current episode's next segment comes before it is needed, when this has come before it. */
function marginSeconds(state: PreloadState, action: PreloadAction): number {
  const costs = action.kind === 'fetch' || action.kind === 'head' ? costSeconds(state, action) : 0;
  return spareSeconds(state, 0) - costs;
}

function costSeconds(state: PreloadState, action: Extract<PreloadAction, { kind: 'fetch' | 'head' }>): number {
  const episode = itemOf(state, action.item);
  return action.kind === 'head' ? headLinkSeconds(state, episode) : segmentLinkSeconds(state, episode);
}

it('whatever else is fetched, what plays has its next segment in time: more than in time where nobody swipes to it soon', () => {
  check((state, action) => {
    if ((action.kind !== 'fetch' && action.kind !== 'head') || action.item === 0) return;
    const isNextHead = action.kind === 'head' && action.item === 1;
    const episode = itemOf(state, action.item);
    const isStart = action.kind === 'head' || (action.segment === 0 && episode.head === null);
    const least = isNextHead ? TUNING.nextGuardSeconds : isStart ? TUNING.startGuardSeconds : TUNING.guardSeconds;
    expect(marginSeconds(state, action)).toBeGreaterThanOrEqual(least - 1e-6);
  });
});

it('who has run dry is served before anybody, but for half a second of a next first frame', () => {
  check((state, action) => {
    const isDry = state.current.bufferedSeconds < 0.01 && nextSegment(state.current) !== null;
    if (!isDry || state.underWay.transfers > 0 || (action.kind !== 'fetch' && action.kind !== 'head')) return;
    if (action.item > 0) {
      expect(action).toEqual({ kind: 'head', item: 1 });
      expect(costSeconds(state, action)).toBeLessThanOrEqual(-TUNING.nextGuardSeconds);
    } else expect(action).toEqual({ kind: 'fetch', item: 0, segment: state.current.fetchedSegments });
  });
});

it('a segment of what plays that is on its way is not made too late by what comes beside it', () => {
  check((state, action) => {
    if ((action.kind !== 'fetch' && action.kind !== 'head') || action.item === 0) return;
    if (!waitsForSegment(state.current)) return;
    const least = action.kind === 'head' && action.item === 1 ? TUNING.nextGuardSeconds : 0;
    const slack = state.current.bufferedSeconds - backlogSeconds(state) - costSeconds(state, action);
    expect(slack).toBeGreaterThanOrEqual(least - 1e-6);
  });
});

it('there are never more transfers than two, nor the rest of a first segment before its head', () => {
  check((state, action) => {
    if (action.kind !== 'fetch' && action.kind !== 'head') return;
    expect(state.underWay.transfers).toBeLessThan(TUNING.maxTransfers);
    const { head, fetchedSegments } = itemOf(state, action.item);
    if (action.kind === 'head') expect([head?.state, fetchedSegments]).toEqual(['missing', 0]);
    else if (fetchedSegments === 0 && head !== null) expect(head.state).not.toBe('coming');
  });
});

it('more bandwidth is never less safe', () => {
  fc.assert(
    fc.property(
      anyState,
      fc.integer({ min: 50_000, max: 20_000_000 }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (state, slow, times) => {
        const spare = (bandwidthBps: number): number => spareSeconds({ ...state, bandwidthBps }, TUNING.guardSeconds);
        expect(spare(slow * times)).toBeGreaterThanOrEqual(spare(slow) - 1e-6);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('what is asked for less is never served further ahead', () => {
  check(({ device, ...state }, action) => {
    if (action.kind === 'idle') return;
    expect(action.item).toBeLessThanOrEqual(
      device.saveData || device.lowBattery ? 1 : device.memoryGb !== null && device.memoryGb <= 2 ? 2 : 3,
    );
    if (device.saveData && (action.kind === 'fetch' || action.kind === 'head') && action.item > 0)
      expect(state.queue[action.item - 1]?.fetchedSegments).toBe(0);
  });
});

it('when all is done as told and nothing plays, there is soon nothing more to do', () => {
  fc.assert(
    fc.property(anyState, (start) => {
      let state = start;
      for (let steps = 0; steps < 400; steps++) {
        const action = planPreload(state);
        if (action.kind === 'idle') return;
        state = done(state, action);
      }
      throw new Error('It never rests.');
    }),
    { numRuns: 500 },
  );
});

/** The state after an action whose segment has come. */
function done(state: PreloadState, action: Exclude<PreloadAction, { kind: 'idle' }>): PreloadState {
  if (action.kind === 'attach')
    return {
      ...state,
      attachedBehind: state.attachedBehind - action.evictBehind,
      queue: state.queue.map((each, index) => (index + 1 === action.item ? { ...each, attached: true } : each)),
    };
  if (action.kind === 'head') {
    const withHead = (each: QueuedEpisode, index: number): QueuedEpisode =>
      index + 1 === action.item && each.head !== null ? { ...each, head: { ...each.head, state: 'here' } } : each;
    return { ...state, queue: state.queue.map(withHead) };
  }
  if (action.item > 0) {
    const queue = state.queue.map((each, index) =>
      index + 1 === action.item ? { ...each, fetchedSegments: each.fetchedSegments + 1 } : each,
    );
    return { ...state, queue };
  }
  const { current } = state;
  const bufferedSeconds = (current.segmentEndsSeconds[current.fetchedSegments] ?? 0) - current.playheadSeconds;
  return { ...state, current: { ...current, fetchedSegments: current.fetchedSegments + 1, bufferedSeconds } };
}
