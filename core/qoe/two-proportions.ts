/** Two shares compared: is one larger, or was it chance? */
import type { Interval } from './mantel-haenszel.ts';

export interface Proportion {
  readonly part: number;
  readonly whole: number;
}

/** Of the normal distribution: 95 % lie within. */
const Z = 1.959964;

/**
 * The difference of two shares of different viewers, with a 95 % interval that holds for few of them and for shares near 0
 * and 1 as well. null where one of the groups is nobody.
 *
 * @see Newcombe: Interval estimation for the difference between independent proportions, Statistics in Medicine 17 (1998)
 * 873, method 10
 */
export function differenceOfProportions(a: Proportion, b: Proportion): Interval | null {
  if (a.whole <= 0 || b.whole <= 0) return null;
  const [first, second] = [wilson(a), wilson(b)];
  const estimate = first.estimate - second.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(first.estimate - first.low, second.high - second.estimate),
    high: estimate + Math.hypot(first.high - first.estimate, second.estimate - second.low),
  };
}

/** The score interval of one share. @see Wilson: Probable inference, JASA 22 (1927) 209 */
function wilson({ part, whole }: Proportion): Interval {
  const estimate = part / whole;
  const middle = 2 * part + Z ** 2;
  const spread = Z * Math.sqrt(Z ** 2 + 4 * part * (1 - estimate));
  const scale = 2 * (whole + Z ** 2);
  return { estimate, low: (middle - spread) / scale, high: (middle + spread) / scale };
}
