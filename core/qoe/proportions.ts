/**
 * The metrics that are a share of views or of sessions, by what they are a share of: only of these can it be said whether a
 * difference is beyond chance. How much of the time was stalled is a ratio too, but no view is stalled or not.
 */
import type { ScalarMetric } from './metric-names.ts';
import type { CountName } from './rollup-names.ts';
import type { Rollup } from './rollup.ts';
import type { SeriesMetrics } from './series-metrics.ts';
import type { Proportion } from './two-proportions.ts';

const STARTS = ['outcome.started', 'outcome.playback-failure'] as const;
const ATTEMPTS = [...STARTS, 'outcome.startup-failure', 'outcome.exit-before-start'] as const;

interface Share {
  readonly part: CountName;
  readonly whole: readonly CountName[];
  /** A percentage is told as 100 times the share. */
  readonly scale: 1 | 100;
}

type SeriesShare = Extract<keyof SeriesMetrics, 'nextEpisodeRate' | 'cliffhangerHold' | 'paywallConversion'>;

export const SHARES: { readonly [name in ScalarMetric | SeriesShare]?: Share } = {
  completionRate: { part: 'completed', whole: STARTS, scale: 1 },
  instantStartRate: { part: 'instantStarts', whole: STARTS, scale: 1 },
  videoStartupFailurePercentage: { part: 'outcome.startup-failure', whole: ATTEMPTS, scale: 100 },
  exitsBeforeVideoStart: { part: 'outcome.exit-before-start', whole: ATTEMPTS, scale: 100 },
  businessExceptionPercentage: {
    part: 'outcome.business-exception',
    whole: [...ATTEMPTS, 'outcome.business-exception'],
    scale: 100,
  },
  playbackFailurePercentage: { part: 'outcome.playback-failure', whole: STARTS, scale: 100 },
  viewsWithRebuffering: { part: 'viewsWithStall', whole: STARTS, scale: 100 },
  nextEpisodeRate: { part: 'nextStarted', whole: ['nextCandidates'], scale: 1 },
  cliffhangerHold: { part: 'held', whole: ['holdCandidates'], scale: 1 },
  paywallConversion: { part: 'unlocks', whole: ['paywalls'], scale: 1 },
};

export function proportionOf({ counts }: Rollup, { part, whole }: Share): Proportion {
  return { part: counts[part] ?? 0, whole: whole.reduce((sum, name) => sum + (counts[name] ?? 0), 0) };
}
