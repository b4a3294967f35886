import { BOUNDARY_TOLERANCE_SECONDS } from '../playlist/segments.ts';

/**
 * How many segments of the version a pass must cover to open each segment of a Rendition. A picture opens when all of it
 * lies before the cut: nothing is shown that the policy does not give. Sound and text open when they begin before the
 * cut, so that they reach as far as the picture; whatever begins behind it stays closed.
 *
 * The first one opens with any preview, and with all of the version everything does.
 */
export function opensAt(
  referenceSeconds: readonly number[],
  durationsSeconds: readonly number[],
  isPicture: boolean,
): number[] {
  const total = referenceSeconds.length;
  let start = 0;
  let covered = 1;
  let coveredSeconds = referenceSeconds[0] ?? 0;
  return durationsSeconds.map((duration, index) => {
    const needed = isPicture ? start + duration - BOUNDARY_TOLERANCE_SECONDS : start + BOUNDARY_TOLERANCE_SECONDS;
    start += duration;
    if (index === 0) return 1;
    while (covered < total && coveredSeconds < needed) coveredSeconds += referenceSeconds[covered++] ?? 0;
    return Math.min(covered, total);
  });
}
