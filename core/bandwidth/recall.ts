import { HINT_SHARE, MEMORY_HALF_LIFE_MS, UNKNOWN_BANDWIDTH_BPS } from './limits.ts';

/** What a device keeps of an earlier visit: a number and a time, nothing of whom or what. */
export interface RememberedBandwidth {
  readonly bps: number;
  readonly atMs: number;
}

/**
 * What to begin with: what was measured last time, believed less the older it is, and for the rest the browser's hint
 * (`navigator.connection.downlink`).
 */
export function recallBandwidth(remembered: RememberedBandwidth | null, hintBps: number | null, nowMs: number): number {
  const otherwise = hintBps === null ? UNKNOWN_BANDWIDTH_BPS : hintBps * HINT_SHARE;
  if (remembered === null) return otherwise;
  // A clock that was set back makes no memory of the future.
  const trust = 0.5 ** (Math.max(0, nowMs - remembered.atMs) / MEMORY_HALF_LIFE_MS);
  return remembered.bps * trust + otherwise * (1 - trust);
}

export function parseRemembered(text: string | null): RememberedBandwidth | null {
  const [bps, atMs] = (text ?? '').split('@').map(Number);
  const isNumbers = bps !== undefined && atMs !== undefined && bps > 0 && Number.isFinite(bps) && atMs > 0;
  return isNumbers ? { bps, atMs } : null;
}

export function serializeRemembered({ bps, atMs }: RememberedBandwidth): string {
  return `${Math.round(bps)}@${Math.round(atMs)}`;
}
