export const DAY_MS = 86_400_000;

/** Daily caps count by the UTC day: one moment at which they begin anew, wherever the viewer is. */
export function utcDayStart(nowMs: number): number {
  return nowMs - (nowMs % DAY_MS);
}

export function nextUtcDay(nowMs: number): number {
  return utcDayStart(nowMs) + DAY_MS;
}
