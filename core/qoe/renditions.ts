import type { RenditionShown } from './details.ts';
import { renditionsByPosition, shownMs } from './shown.ts';
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
  let allMs = 0;
  let bits = 0;
  let lowMs = 0;
  for (const stretch of renditionsByPosition(renditions)) {
    const ms = shownMs(stretch, watched);
    allMs += ms;
    bits += (stretch.bandwidthBps * ms) / 1_000;
    if (isLow(stretch.heightPx, lowBelowPx)) lowMs += ms;
  }
  return { shownMs: allMs, shownKilobits: Math.round(bits / 1_000), lowMs, ...shiftsOf(renditions) };
}

export function isLow(heightPx: number | null, lowBelowPx: number | null): boolean {
  return heightPx !== null && lowBelowPx !== null && heightPx < lowBelowPx;
}

/** In the order in which they came on. */
function shiftsOf(renditions: readonly RenditionShown[]): Pick<Shown, 'upshifts' | 'downshifts'> {
  let upshifts = 0;
  let downshifts = 0;
  for (const [index, { bandwidthBps }] of renditions.entries()) {
    const next = renditions[index + 1]?.bandwidthBps ?? bandwidthBps;
    if (next > bandwidthBps) upshifts += 1;
    if (next < bandwidthBps) downshifts += 1;
  }
  return { upshifts, downshifts };
}
