import { RUNG_SHARE } from './limits.ts';

/** A Variant Stream of the Multivariant Playlist. */
export interface Rung {
  readonly bandwidthBps: number;
  /** null where the playlist does not say. */
  readonly widthPx: number | null;
}

/**
 * The rung to begin with: the best one that the line carries with room to spare and that the screen can show. The
 * lowest when none does.
 */
export function chooseRung(rungs: readonly Rung[], bandwidthBps: number, viewportPx: number | null): number {
  const ascending = rungs
    .map((rung, index) => ({ ...rung, index }))
    .toSorted((a, b) => a.bandwidthBps - b.bandwidthBps);
  let best = ascending[0];
  for (const rung of ascending) {
    if (rung.bandwidthBps > bandwidthBps * RUNG_SHARE) break;
    // What is as wide as the screen already is not made better by more.
    if (best !== undefined && best !== rung && isEnough(best, viewportPx)) break;
    best = rung;
  }
  return best?.index ?? 0;
}

function isEnough({ widthPx }: Rung, viewportPx: number | null): boolean {
  return widthPx !== null && viewportPx !== null && widthPx >= viewportPx;
}
