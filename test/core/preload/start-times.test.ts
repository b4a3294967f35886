import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startedWithin, startTimes } from '../../../core/preload/start-times.ts';
import { episode, playing, queued, stateOf } from './support/states.ts';

const HALVES = Uint8Array.of(255, 128, 64, 32, 16, 8, 4, 2, 1);

it('the next episode starts when the current one is left, given that its viewer is still there', () => {
  const current = { ...playing(1, 8), survival: HALVES };
  const [next] = startTimes(stateOf({ current }), 1, 4);
  expect(next?.map((share) => Math.round(share * 100) / 100)).toEqual([0, 0.5, 0.75, 0.88, 0.94]);
});

it('it has surely started at the end of the current one', () => {
  const [next] = startTimes(stateOf({ current: playing(58, 31) }), 1, 4);
  expect(next?.slice(2)).toEqual([1, 1, 1]);
});

it('the one after it starts later, by the time that the next one is watched', () => {
  const survival = Uint8Array.of(255);
  // The current one ends in 1 s and each of the next is 2 s long.
  const short = { durationSeconds: 2, segmentEndsSeconds: [1, 2], playableSegments: 2, survival };
  const current = { ...playing(59, 31), survival };
  const all = startTimes(stateOf({ current, queue: [queued(short), queued(short), queued(short)] }), 3, 8);
  expect(all.map((starts) => starts.indexOf(1))).toEqual([1, 3, 5]);
});

it('an episode that is left at once is no step: both after it start together', () => {
  const gone = { ...episode(), playableSegments: 0, attached: false };
  const [next, later] = startTimes(stateOf({ current: playing(5, 8), queue: [gone, queued()] }), 2, 6);
  for (const [second, share] of (next ?? []).entries()) expect(later?.[second]).toBeCloseTo(share);
});

it('each is a share that never falls, and none comes before the one before it', () => {
  const curve = fc.uint8Array({ minLength: 1, maxLength: 70 }).map((bytes) => bytes.sort().reverse());
  fc.assert(
    fc.property(
      fc.array(curve, { minLength: 3, maxLength: 3 }),
      fc.double({ min: 0, max: 60, noNaN: true }),
      ([a, b, c], at) => {
        const current = { ...playing(at, 31), survival: a ?? null };
        const queue = [queued({ survival: b ?? null }), queued({ survival: c ?? null }), queued()];
        const all = startTimes(stateOf({ current, queue }), 3, 12);
        for (const [index, starts] of all.entries()) {
          for (const [second, share] of starts.entries()) {
            expect(share).toBeLessThanOrEqual(1 + 1e-9);
            expect(share).toBeGreaterThanOrEqual((starts[second - 1] ?? 0) - 1e-9);
            expect(share).toBeLessThanOrEqual((all[index - 1]?.[second] ?? 1) + 1e-9);
          }
        }
      },
    ),
  );
});

it('between two seconds the share lies between theirs', () => {
  expect(startedWithin([0, 0.4, 1], 1.5)).toBeCloseTo(0.7);
  expect(startedWithin([0, 0.4, 1], -1)).toBe(0);
  expect(startedWithin([0, 0.4, 1], 9)).toBe(1);
});
