import type { LoaderStats } from 'hls.js';
import type { PartBuffer } from './part-buffer.ts';

/**
 * Bytes out of memory come in no time, from which hls.js would conclude a line of gigabits, climb to the highest rung and
 * stall there (measured: notes/playback.md 7). So the times are those of the real transfer, moved to end now.
 */
export function replayTimes(part: PartBuffer, stats: LoaderStats, nowMs: number): void {
  const lastMs = part.lastMs ?? nowMs;
  const shiftMs = nowMs - lastMs;
  stats.loading.start = part.openedMs + shiftMs;
  stats.loading.first = (part.firstMs ?? lastMs) + shiftMs;
}
