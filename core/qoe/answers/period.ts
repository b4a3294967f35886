/** Which hours are asked, and whether they are still there. */
import { DAYS_KEPT, DEFAULT_PERIOD_DAYS, HOURS_KEPT_DAYS } from '../limits.ts';
import type { Segment } from '../view-record.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export interface Period {
  /** Whole hours, UTC; whole days where hours are no longer kept. */
  readonly fromMs: number;
  readonly toMs: number;
  /** It began before anything that is kept: what is told is of the part that is. */
  readonly isPartial: boolean;
}

/** As asked, widened. null for the end: now. */
export function periodOf(
  asked: { readonly fromMs: number | null; readonly toMs: number | null },
  nowMs: number,
  grainMs: number = HOUR_MS,
): Period {
  const oldestHourMs = nowMs - HOURS_KEPT_DAYS * DAY_MS;
  const oldestMs = floorTo(nowMs - DAYS_KEPT * DAY_MS, DAY_MS);
  const stepAt = (ms: number): number => (ms < oldestHourMs ? DAY_MS : grainMs);
  const endMs = asked.toMs ?? nowMs;
  const toMs = -floorTo(-endMs, stepAt(endMs));
  const beginMs = asked.fromMs ?? endMs - DEFAULT_PERIOD_DAYS * DAY_MS;
  const fromMs = floorTo(beginMs, stepAt(beginMs));
  return { fromMs: Math.max(fromMs, oldestMs), toMs: Math.max(toMs, oldestMs), isPartial: fromMs < oldestMs };
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}

export interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly segment: Segment | null;
}

/** No view can be in both: only of such is a difference judged. */
export function areApart(a: Part, b: Part): boolean {
  const isOtherTime = a.toMs <= b.fromMs || b.toMs <= a.fromMs;
  const isOtherPart = a.segment?.dimension === b.segment?.dimension && a.segment?.value !== b.segment?.value;
  return isOtherTime || isOtherPart;
}
