/** Who was there in each second, who left in it, and what they had just had: what "script or buffering?" is asked of. */
import { curve, curveLength, exitOf, type Curves } from './contribution-curves.ts';
import type { ViewContext } from './contribution.ts';
import { EXPOSURE_SECONDS, FAST_NETWORK_BPS, SLOW_NETWORK_BPS } from './limits.ts';
import { isLow } from './renditions.ts';
import { EXPOSURES, type Exposure, type Network } from './rollup-names.ts';
import type { ViewRecord } from './view-record.ts';

/** Viewers on slow networks stall more and may leave more for reasons of their own, so they are compared among themselves. */
export function networkOf({ details }: ViewRecord): Network {
  const bps = details?.bandwidthBps ?? null;
  if (bps === null) return 'unknown';
  if (bps < SLOW_NETWORK_BPS) return 'slow';
  return bps < FAST_NETWORK_BPS ? 'medium' : 'fast';
}

export function hazardCurves(view: ViewRecord, context: ViewContext): Curves {
  const { hasLeft, second: exitSecond } = exitOf(view, curveLength(context.durationSeconds));
  const network = networkOf(view);
  const lastSecond = hasLeft ? exitSecond : exitSecond - 1;
  const exposures = Array.from({ length: lastSecond + 1 }, (_, second) => exposureAt(view, second, context.lowBelowPx));
  const curves: { -readonly [name in keyof Curves]: number[] } = {};
  for (const exposure of EXPOSURES) {
    if (!exposures.includes(exposure)) continue;
    const atRisk = exposures.map((at) => (at === exposure ? 1 : 0));
    Object.assign(curves, curve(`hazard.${exposure}.${network}.atRisk`, atRisk));
  }
  const last = exposures.at(-1);
  if (hasLeft && last !== undefined)
    curves[`hazard.${last}.${network}.left`] = exposures.map((_, second) => (second === exitSecond ? 1 : 0));
  return curves;
}

function exposureAt({ stalls, details }: ViewRecord, second: number, lowBelowPx: number | null): Exposure {
  const hasStalled = stalls.some(({ atSeconds }) => atSeconds >= second - EXPOSURE_SECONDS && atSeconds < second + 1);
  if (hasStalled) return 'stall';
  const shown = details?.renditions.findLast(({ atSeconds }) => atSeconds <= second) ?? null;
  return isLow(shown?.heightPx ?? null, lowBelowPx) ? 'low' : 'clear';
}
