/**
 * Seconds from the event at which it is tried, until one try succeeds: the moments that Standard Webhooks proposes, read
 * as times since the event, so that the last is a day after it.
 */
export const DELIVERY_SCHEDULE_SECONDS: readonly number[] = [
  0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** Up to a tenth of each wait is left out, at random: what failed together does not come back together. */
const JITTER = 0.1;

export interface FailedDelivery {
  readonly scheduleSeconds: readonly number[];
  /** When the schedule began. */
  readonly armedAtMs: number;
  /** Tries so far, at least one. */
  readonly attempts: number;
  readonly nowMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** When to try again; null when the schedule has ended. */
export function nextAttemptAtMs(delivery: FailedDelivery): number | null {
  const { scheduleSeconds, armedAtMs, attempts, nowMs, random } = delivery;
  const atSeconds = scheduleSeconds[attempts];
  if (atSeconds === undefined) return null;
  const waitSeconds = atSeconds - (scheduleSeconds[attempts - 1] ?? 0);
  return Math.max(nowMs, Math.round(armedAtMs + (atSeconds - waitSeconds * JITTER * random) * 1_000));
}
