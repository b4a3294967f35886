/** Silence at the end, a longer card: a mix of the same cut. Beyond it the file is of another cut, or of another episode. */
const MAX_DIFFERENCE_SECONDS = 5;
const MAX_DIFFERENCE_SHARE = 0.1;
/** Not worth a word: codecs pad, containers round. */
const UNNOTICED_SECONDS = 0.5;

export type DubLength = 'same' | 'shorter' | 'longer' | 'another';

/** Lip-sync cannot be seen from here, but a length that no mix of this picture has can be. */
export function compareDubLength(dubSeconds: number, episodeSeconds: number): DubLength {
  const difference = dubSeconds - episodeSeconds;
  if (Math.abs(difference) > allowedDifferenceSeconds(episodeSeconds)) return 'another';
  if (Math.abs(difference) <= UNNOTICED_SECONDS) return 'same';
  return difference < 0 ? 'shorter' : 'longer';
}

export function allowedDifferenceSeconds(episodeSeconds: number): number {
  return Math.max(Math.min(MAX_DIFFERENCE_SECONDS, episodeSeconds / 2), episodeSeconds * MAX_DIFFERENCE_SHARE);
}
