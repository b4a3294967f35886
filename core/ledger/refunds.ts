import { MIN_REFUND_LIFE_MS } from './limits.ts';

/**
 * Until when coins live that come back after their lot has lapsed: as long as they had left when they were spent, and a
 * week at least. Whoever spends bonus coins on their last day gets a week, not nothing.
 */
export function refundExpiresAtMs(lotExpiresAtMs: number, spentAtMs: number, nowMs: number): number {
  return nowMs + Math.max(lotExpiresAtMs - spentAtMs, MIN_REFUND_LIFE_MS);
}
