/**
 * Which fetches a swipe ends. Items are counted from the episode that is left (0), and `to` is the one that is now
 * shown: 1 after a swipe up. What the new current episode and the one after it wait for goes on.
 */
export function planSwipe(inFlight: readonly number[], to: number): { readonly abort: readonly number[] } {
  return { abort: inFlight.filter((item) => item !== to && item !== to + 1) };
}
