/** Two groups compared within strata, so that what differs between the strata does not count as a difference of the groups. */

export interface Stratum {
  readonly exposedAtRisk: number;
  readonly exposedLeft: number;
  readonly otherAtRisk: number;
  readonly otherLeft: number;
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution: 95 % lie within. */
const Z = 1.959964;

/**
 * The difference of two risks, pooled over strata as Mantel and Haenszel weight them, with a 95 % interval from Sato's
 * variance, which holds for few large strata as for many small ones. null where no stratum has both groups.
 *
 * @see Sato: On the variance estimator for the Mantel-Haenszel risk difference, Biometrics 45 (1989) 1323
 */
export function riskDifference(strata: readonly Stratum[]): Interval | null {
  let weights = 0;
  let differences = 0;
  let p = 0;
  let q = 0;
  for (const { exposedAtRisk: n1, exposedLeft: x1, otherAtRisk: n0, otherLeft: x0 } of strata) {
    const n = n1 + n0;
    if (n1 === 0 || n0 === 0) continue;
    weights += (n1 * n0) / n;
    differences += (x1 * n0 - x0 * n1) / n;
    p += (n1 ** 2 * x0 - n0 ** 2 * x1 + (n1 * n0 * (n0 - n1)) / 2) / n ** 2;
    q += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n);
  }
  if (weights === 0) return null;
  const estimate = differences / weights;
  const error = Math.sqrt(Math.max(0, estimate * p + q)) / weights;
  return { estimate, low: estimate - Z * error, high: estimate + Z * error };
}

/**
 * The ratio of two risks, pooled likewise, with a 95 % interval from the variance of its logarithm. null where one of the
 * groups had no leaver at all, or no stratum has both.
 *
 * @see Greenland, Robins: Estimation of a common effect parameter from sparse follow-up data, Biometrics 41 (1985) 55
 */
export function riskRatio(strata: readonly Stratum[]): Interval | null {
  let above = 0;
  let below = 0;
  let variance = 0;
  for (const { exposedAtRisk: n1, exposedLeft: x1, otherAtRisk: n0, otherLeft: x0 } of strata) {
    const n = n1 + n0;
    if (n1 === 0 || n0 === 0) continue;
    above += (x1 * n0) / n;
    below += (x0 * n1) / n;
    variance += (n1 * n0 * (x1 + x0) - x1 * x0 * n) / n ** 2;
  }
  if (above === 0 || below === 0) return null;
  const estimate = above / below;
  const error = Math.sqrt(Math.max(0, variance) / (above * below));
  return { estimate, low: estimate * Math.exp(-Z * error), high: estimate * Math.exp(Z * error) };
}
