import type { Shown } from './renditions.ts';
import type { Outcome } from './view-record.ts';

export interface Experience {
  readonly outcome: Outcome;
  readonly startupMs: number | null;
  readonly playedMs: number;
  readonly stallMs: number;
  readonly shown: Shown | null;
}

/** Seconds of waiting that halve the score, as Mux Data's startup score has it: 400 ms is 95, 2 s is 80. */
const HALF_SECONDS = 8;
/** Of ten parts of time one in stalls leaves 35 of 100 points, one in a hundred leaves 90. */
const STALL_POWER = 10;
/** A view wholly in a low rendition is worth half. */
const LOW_WEIGHT = 0.5;

/**
 * 100 × 8/(8 + startup seconds) × (1 − rebuffer share)^10 × (1 − half of the share in a low rendition), in hundredths of a
 * point; 0 for a playback that failed. null where the player did not tell its start.
 */
export function scoreBasisPoints({ outcome, startupMs, playedMs, stallMs, shown }: Experience): number | null {
  if (outcome === 'playback-failure') return 0;
  if (startupMs === null) return null;
  const startup = HALF_SECONDS / (HALF_SECONDS + startupMs / 1_000);
  const stalled = stallMs + playedMs === 0 ? 0 : stallMs / (stallMs + playedMs);
  const low = shown === null || shown.shownMs === 0 ? 0 : shown.lowMs / shown.shownMs;
  return Math.round(10_000 * startup * (1 - stalled) ** STALL_POWER * (1 - LOW_WEIGHT * low));
}
