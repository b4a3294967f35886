/**
 * Audiences with a known cause of leaving. What they do is made of what no rollup sees: whether a viewer is on a slow
 * network and how patient they are. The measured bandwidth only says so with noise.
 */
import type { ViewRecord } from '#core/qoe/view-record.ts';
import { viewOf } from '../some-views.ts';

export type Planted = 'script' | 'buffering' | 'both' | 'none';

export interface Audience {
  readonly planted: Planted;
  readonly viewers: number;
  readonly slowShare: number;
  /** How much sooner viewers on slow networks leave, everywhere and whether they stall or not. */
  readonly slowLeavesFactor: number;
  /** A stretch with heavy segments: viewers on slow networks stall there, whatever the cause of the drop-off is. */
  readonly hasStallsAtDropoff: boolean;
  readonly dropFromSeconds: number;
  readonly dropSeconds: number;
  /** Chance that the script makes a viewer leave in one of these seconds, and that a stall there does. */
  readonly scriptHazard: number;
  readonly stallHazard: number;
}

export const DURATION_SECONDS = 75;
const USUAL_HAZARD = 0.006;
const USUAL_STALL_HAZARD = 0.012;
const STALLS_AT_DROPOFF = { slow: 0.7, fast: 0.05 } as const;
const HEIGHTS = { slow: 426, fast: 1280 } as const;

/** @see Vigna, Blackman's splitmix; seeded, so that a failure can be looked at again. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

export function anyAudience(planted: Planted, random: () => number): Audience {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const slowShare = between(0.2, 0.45);
  const slowLeavesFactor = between(2, 6);
  const stallHazard = between(0.25, 0.5);
  // Of both, neither is less than about a third.
  const stallLeavers = stallHazard * (slowShare * STALLS_AT_DROPOFF.slow + (1 - slowShare) * STALLS_AT_DROPOFF.fast);
  const sameByScript = stallLeavers / (1 + slowShare * (slowLeavesFactor - 1));
  return {
    planted,
    viewers: Math.round(between(900, 2_500)),
    slowShare,
    slowLeavesFactor,
    hasStallsAtDropoff: planted === 'buffering' || planted === 'both' || random() < 0.5,
    dropFromSeconds: Math.round(between(12, 55)),
    dropSeconds: Math.round(between(1, 3)),
    scriptHazard: { script: between(0.05, 0.15), both: sameByScript * between(0.6, 1.6), buffering: 0, none: 0 }[
      planted
    ],
    stallHazard: planted === 'buffering' || planted === 'both' ? stallHazard : USUAL_STALL_HAZARD,
  };
}

export function simulate(audience: Audience, random: () => number): ViewRecord[] {
  return Array.from({ length: audience.viewers }, () => simulateView(audience, random));
}

function simulateView(audience: Audience, random: () => number): ViewRecord {
  const isSlow = random() < audience.slowShare;
  const network = isSlow ? 'slow' : 'fast';
  const factor = (isSlow ? audience.slowLeavesFactor : 1) * (0.5 + random());
  const bandwidthBps = (isSlow ? 1e6 : 12e6) * Math.exp(0.8 * (random() + random() + random() - 1.5));
  const stalls: { atSeconds: number; durationMs: number }[] = [];
  let leftAt: number | null = null;
  for (let second = 0; second < DURATION_SECONDS && leftAt === null; second++) {
    const isInDrop = second >= audience.dropFromSeconds && second < audience.dropFromSeconds + audience.dropSeconds;
    const stallChance = isInDrop && audience.hasStallsAtDropoff ? STALLS_AT_DROPOFF[network] : isSlow ? 0.02 : 0.003;
    const stallsNow = random() < stallChance;
    if (stallsNow) stalls.push({ atSeconds: second + 0.2, durationMs: 400 + 2_000 * random() });
    const script = isInDrop ? audience.scriptHazard : 0;
    const stall = stallsNow ? (isInDrop ? audience.stallHazard : USUAL_STALL_HAZARD) : 0;
    const opening = second < 3 ? 0.03 : 0;
    if (random() < Math.min(0.95, (USUAL_HAZARD + opening + script) * factor + stall))
      leftAt = second + 0.3 + 0.6 * random();
  }
  // Most slow networks show a low rendition, and now and then a fast one does.
  const heightPx = random() < (isSlow ? 0.7 : 0.05) ? HEIGHTS.slow : HEIGHTS.fast;
  return viewOf({
    watched: [[0, leftAt ?? DURATION_SECONDS]],
    stalls,
    ended: leftAt === null,
    leftBy: leftAt === null ? 'end' : 'swipe',
    details: { bandwidthBps, renditions: [{ atSeconds: 0, bandwidthBps: 5e5, heightPx }] },
  });
}
