export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** When the hour of this moment began. */
export function hourOf(ms: number): number {
  return ms - (ms % HOUR_MS);
}

export function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}
