/**
 * The metric of the MM'22 short-video challenge, as its simulator adds it up: quality in Mbit/s for each second played,
 * less 1.85 for each second of stall, less the change of quality between segments; less half of the Mbit moved.
 */
import { RUNGS_MBPS, type SimView } from './audience.ts';

const STALL_WEIGHT = 1.85;
const SMOOTHNESS_WEIGHT = 1;
const TRAFFIC_WEIGHT = 0.5;

export interface PlayedEpisode {
  readonly view: SimView;
  readonly rungs: number[];
  /** Of transfers that were ended before their segment was whole. */
  abortedBytes: number;
}

export interface Outcome {
  readonly score: number;
  readonly qoe: number;
  readonly bytes: number;
  readonly wastedBytes: number;
  readonly playedSeconds: number;
  readonly stallSeconds: number;
}

export function addUp(played: readonly PlayedEpisode[], seenCount: number, stallSeconds: number): Outcome {
  let [quality, changes, bytes, wastedBytes, playedSeconds] = [0, 0, 0, 0, 0];
  let lastMbps: number | null = null;
  for (const [index, { view, rungs, abortedBytes }] of played.entries()) {
    const watchedSeconds = index < seenCount ? view.leavesAtSeconds : 0;
    bytes += abortedBytes;
    wastedBytes += abortedBytes;
    playedSeconds += watchedSeconds;
    let startSeconds = 0;
    for (const [segment, rung] of rungs.entries()) {
      const size = view.episode.segmentBytes[rung]?.[segment] ?? 0;
      const endSeconds = view.episode.segmentEndsSeconds[segment] ?? startSeconds;
      const seconds = Math.min(watchedSeconds, endSeconds) - startSeconds;
      const mbps = RUNGS_MBPS[rung] ?? 0;
      bytes += size;
      if (seconds <= 0) wastedBytes += size;
      else {
        quality += mbps * seconds;
        changes += lastMbps === null ? 0 : Math.abs(mbps - lastMbps);
        lastMbps = mbps;
      }
      startSeconds = endSeconds;
    }
  }
  const qoe = quality - STALL_WEIGHT * stallSeconds - SMOOTHNESS_WEIGHT * changes;
  return { score: qoe - (TRAFFIC_WEIGHT * bytes * 8) / 1e6, qoe, bytes, wastedBytes, playedSeconds, stallSeconds };
}

/** Wasted bytes as a share of all bytes: of sums, never a mean of shares. */
export function wastedShare(outcomes: readonly Outcome[]): number {
  return total(outcomes, 'wastedBytes') / total(outcomes, 'bytes');
}

export function total(outcomes: readonly Outcome[], key: keyof Outcome): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
}
