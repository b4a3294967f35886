import type { ViewRecord } from './view-record.ts';

export interface Shown {
  /** Media time with a known rendition. */
  readonly shownMs: number;
  readonly shownKilobits: number;
  readonly lowMs: number;
  readonly upshifts: number;
  readonly downshifts: number;
}

/** What was on the screen, weighted by the time it was there. null where the player does not tell. */
export function shownOf({ watched, details }: ViewRecord, lowBelowPx: number | null): Shown | null {
  const renditions = details?.renditions ?? [];
  if (renditions.length === 0) return null;
  let shownMs = 0;
  let shownKilobits = 0;
  let lowMs = 0;
  let upshifts = 0;
  let downshifts = 0;
  for (const [index, { atSeconds, bandwidthBps, heightPx }] of renditions.entries()) {
    const next = renditions[index + 1];
    const ms = overlapMs(watched, atSeconds, next?.atSeconds ?? Infinity);
    shownMs += ms;
    shownKilobits += Math.round((bandwidthBps * ms) / 1e6);
    if (isLow(heightPx, lowBelowPx)) lowMs += ms;
    if (next !== undefined && next.bandwidthBps > bandwidthBps) upshifts += 1;
    if (next !== undefined && next.bandwidthBps < bandwidthBps) downshifts += 1;
  }
  return { shownMs, shownKilobits, lowMs, upshifts, downshifts };
}

export function isLow(heightPx: number | null, lowBelowPx: number | null): boolean {
  return heightPx !== null && lowBelowPx !== null && heightPx < lowBelowPx;
}

function overlapMs(watched: ViewRecord['watched'], fromSeconds: number, toSeconds: number): number {
  const overlap = ([from, to]: readonly [number, number]): number =>
    Math.max(0, Math.min(to, toSeconds) - Math.max(from, fromSeconds));
  return Math.round(1_000 * watched.reduce((sum, stretch) => sum + overlap(stretch), 0));
}
