export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** When the hour of this moment began. */
export function hourOf(ms: number): number {
  return ms - (ms % HOUR_MS);
}

export function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}

/** Weeks begin on Monday (ISO 8601-1:2019, 3.1.1.8); 1 January 1970 was a Thursday. */
export function weekOf(ms: number): number {
  return ms - ((ms + 3 * DAY_MS) % WEEK_MS);
}
