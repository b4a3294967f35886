/**
 * The rungs of the next few segments that give the most quality less stalls less changes. With the rate taken down by
 * the worst recent mistake this is RobustMPC (SIGCOMM '15), which `no_save` uses.
 */
import { RUNGS_MBPS } from './audience.ts';
import { fetchedSeconds, harmonicMean, type SimMoment, type WindowItem } from './policy.ts';

const ROBUST_SEGMENTS = 5;
const HISTORY = 5;
/** As the challenge's own lookahead weighs a second of stall. */
const STALL_WEIGHT = 4.3;

/** As `no_save` has it: five segments ahead, and an episode that is not yet shown counts as one about to stall. */
export function chooseByLookahead(): (moment: SimMoment, item: number) => number {
  let expectedBps: number | null = null;
  const errors: number[] = [];
  return ({ window, bufferedSeconds, ratesBps }, item) => {
    const target = window[item];
    const actual = ratesBps.at(-1) ?? 1;
    errors.push(expectedBps === null ? 0 : Math.abs(expectedBps - actual) / actual);
    expectedBps = harmonicMean(ratesBps.slice(-HISTORY));
    if (target === undefined) return 0;
    const buffer = item === 0 ? bufferedSeconds : fetchedSeconds(target);
    return bestRung(target, buffer, expectedBps / (1 + Math.max(...errors.slice(-HISTORY))), ROBUST_SEGMENTS);
  };
}

export function bestRung(
  { episode, rungs }: WindowItem,
  bufferedSeconds: number,
  rateBps: number,
  ahead: number,
): number {
  const gain = (segment: number, left: number, lastRung: number, buffer: number): readonly [number, number] => {
    const end = episode.segmentEndsSeconds[segment];
    if (left === 0 || end === undefined) return [0, 0];
    const seconds = end - (episode.segmentEndsSeconds[segment - 1] ?? 0);
    let best: readonly [number, number] = [Number.NEGATIVE_INFINITY, 0];
    for (const [rung, mbps] of RUNGS_MBPS.entries()) {
      const transferSeconds = ((episode.segmentBytes[rung]?.[segment] ?? 0) * 8) / rateBps;
      const stall = Math.max(0, transferSeconds - buffer);
      const change = Math.abs(mbps - (RUNGS_MBPS[lastRung] ?? mbps));
      const rest = gain(segment + 1, left - 1, rung, Math.max(0, buffer - transferSeconds) + seconds)[0];
      const value = mbps * seconds - STALL_WEIGHT * stall - change + rest;
      if (value > best[0]) best = [value, rung];
    }
    return best;
  };
  return gain(rungs.length, ahead, rungs.at(-1) ?? 0, bufferedSeconds)[1];
}
