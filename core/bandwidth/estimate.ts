/** How fast the line is, from what came over it. Two averages, weighted by time; the lower one is believed. */
import { FAST_HALF_LIFE_MS, LEAST_SAMPLE_BYTES, LEAST_SAMPLE_MS, SLOW_HALF_LIFE_MS } from './limits.ts';

export interface BandwidthEstimate {
  readonly fastBps: number;
  readonly slowBps: number;
}

export interface BandwidthSample {
  readonly bytes: number;
  /** While bytes came; not the wait for the first one. */
  readonly durationMs: number;
}

export function foldSample(estimate: BandwidthEstimate | null, sample: BandwidthSample): BandwidthEstimate | null {
  if (sample.bytes < LEAST_SAMPLE_BYTES) return estimate;
  const durationMs = Math.max(sample.durationMs, LEAST_SAMPLE_MS);
  const bps = (sample.bytes * 8_000) / durationMs;
  if (estimate === null) return { fastBps: bps, slowBps: bps };
  return {
    fastBps: mixed(estimate.fastBps, bps, durationMs / FAST_HALF_LIFE_MS),
    slowBps: mixed(estimate.slowBps, bps, durationMs / SLOW_HALF_LIFE_MS),
  };
}

export function bandwidthBps({ fastBps, slowBps }: BandwidthEstimate): number {
  return Math.min(fastBps, slowBps);
}

function mixed(before: number, now: number, halfLives: number): number {
  const kept = 0.5 ** halfLives;
  return before * kept + now * (1 - kept);
}
