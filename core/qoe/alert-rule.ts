/** When the operator is told that a number is not what it should be, and when that it is again. */
import type { MetricName } from './metric-names.ts';
import type { Metric } from './metrics.ts';

export interface AlertRule {
  readonly metric: MetricName;
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  /** Of fewer views in the window nothing is said: one unlucky viewer is no outage, and none is no cure. */
  readonly minViews: number;
  readonly coolDownMinutes: number;
}

export interface AlertState {
  /** null while all is well. */
  readonly firingSinceMs: number | null;
  /** When it was told last; null = never. */
  readonly firedAtMs: number | null;
}

export interface Measured {
  readonly value: Metric;
  readonly views: number;
}

/** `fire`: tell that it is so, or that it still is; `resolve`: tell that it is over; `stay`: tell nothing. */
export type AlertOutcome = 'fire' | 'resolve' | 'stay';

/** While it lasts it is told once in each cool-down; what comes back within it waits for its end. */
export function decideAlert(rule: AlertRule, state: AlertState, measured: Measured, nowMs: number): AlertOutcome {
  const { value, views } = measured;
  if (value === null || views < rule.minViews) return 'stay';
  const isWrong = rule.comparison === 'above' ? value > rule.threshold : value < rule.threshold;
  if (!isWrong) return state.firingSinceMs === null ? 'stay' : 'resolve';
  const isCool = state.firedAtMs === null || nowMs - state.firedAtMs >= rule.coolDownMinutes * 60_000;
  return isCool ? 'fire' : 'stay';
}
