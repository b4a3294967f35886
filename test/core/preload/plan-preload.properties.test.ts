import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkSeconds, nextSegment } from '../../../core/preload/buffer.ts';
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
  })
  .map(({ durations, survival, bytesPerSecond, playable, fetched, attached }): QueuedEpisode => {
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
    let free = maxAttached(device) - 1;
    const fitting = queue.map((each) => ({ ...each, attached: each.attached && free-- > 0 }));
    return {
      current,
      queue: fitting,
      attachedBehind: Math.max(0, Math.min(attachedBehind, free)),
      bandwidthBps,
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

it('an episode about to stall always wins: nothing else is fetched, attached or thought of', () => {
  check((state, action) => {
    const next = nextSegment(state.current);
    const isDry = state.current.bufferedSeconds < TUNING.guardSeconds;
    const hasAll =
      (state.current.segmentEndsSeconds[state.current.fetchedSegments - 1] ?? 0) - state.current.playheadSeconds <=
      state.current.bufferedSeconds + 0.1;
    if (!isDry || (next === null && hasAll)) return;
    if (hasAll) expect(action).toEqual({ kind: 'fetch', item: 0, segment: state.current.fetchedSegments });
    else expect(action.kind).toBe('idle');
  });
});

it('whatever else is fetched, the guard still stands when that and the next segment of the current one have come', () => {
  check((state, action) => {
    if (action.kind !== 'fetch' || action.item === 0) return;
    const [own, other] = [nextSegment(state.current), nextSegment(itemOf(state, action.item))];
    if (own === null || other === null) return;
    const busy =
      linkSeconds(state, state.current, own.endSeconds - own.startSeconds) +
      linkSeconds(state, itemOf(state, action.item), other.endSeconds - other.startSeconds);
    const missing =
      (state.current.segmentEndsSeconds[state.current.fetchedSegments - 1] ?? 0) -
      state.current.playheadSeconds -
      state.current.bufferedSeconds;
    if (missing <= 0.1) expect(state.current.bufferedSeconds - busy).toBeGreaterThanOrEqual(TUNING.guardSeconds - 1e-6);
  });
});

it('more bandwidth is never less safe: who could leave the current episode alone still can', () => {
  fc.assert(
    fc.property(
      anyState,
      fc.integer({ min: 50_000, max: 20_000_000 }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (state, slow, times) => {
        const own = nextSegment(state.current);
        const margin = (bandwidthBps: number): number => {
          const at = { ...state, bandwidthBps };
          const action = planPreload(at);
          if (action.kind === 'fetch' && action.item === 0) return Number.POSITIVE_INFINITY;
          const other = action.kind === 'fetch' ? nextSegment(itemOf(at, action.item)) : null;
          const busy =
            other === null || action.kind !== 'fetch'
              ? 0
              : linkSeconds(at, itemOf(at, action.item), other.endSeconds - other.startSeconds);
          const ownSeconds = own === null ? 0 : linkSeconds(at, at.current, own.endSeconds - own.startSeconds);
          return at.current.bufferedSeconds - busy - ownSeconds;
        };
        if (own !== null && margin(slow) >= TUNING.guardSeconds)
          expect(margin(slow * times)).toBeGreaterThanOrEqual(TUNING.guardSeconds - 1e-6);
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
    if (device.saveData && action.kind === 'fetch' && action.item > 0)
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
