/** What a rollup holds. Stored in D1: a name may be added, none may change its meaning. docs/metrics.md has the formulas. */
import type { OfferMethod, StartSource } from './details.ts';
import type { Flag } from './plausibility.ts';
import type { Outcome } from './view-record.ts';

export type CountName =
  /** Each view is one of these: flagged, or its outcome. */
  | 'flagged'
  | `flag.${Flag}`
  | `outcome.${Outcome}`
  /** Of views that started. */
  | 'completed'
  | 'playedMs'
  | 'watchedBasisPoints'
  | 'measuredViews'
  | 'stalls'
  | 'stallMs'
  | 'viewsWithStall'
  | 'instantStarts'
  | `startSource.${StartSource}`
  /** Bits that were on the screen, in thousands, and the time they were there. */
  | 'shownKilobits'
  | 'shownMs'
  | 'lowMs'
  | 'upshifts'
  | 'downshifts'
  | 'frames'
  | 'droppedFrames'
  | 'scoredViews'
  | 'scoreBasisPoints'
  /** Of views that are counted at all. */
  | 'fetchedBytes'
  | 'unwatchedBytes'
  | 'aheadBytes'
  | 'paywalls'
  | 'unlocks'
  | `unlocks.${OfferMethod}`
  /** Of sessions. */
  | 'sessions'
  | 'starts'
  | 'nextCandidates'
  | 'nextStarted'
  | 'holdCandidates'
  | 'held';

export const EXPOSURES = ['stall', 'low', 'clear'] as const;
/** What a viewer had just had: a stall, else a low rendition, else neither. */
export type Exposure = (typeof EXPOSURES)[number];
export const NETWORKS = ['slow', 'medium', 'fast', 'unknown'] as const;
export type Network = (typeof NETWORKS)[number];

export type CurveName =
  /** By second: views that played it, and how often it was played. */
  | 'playedBySecond'
  | 'playsBySecond'
  /** The same by hundredth of the episode. */
  | 'playedByPercent'
  | 'playsByPercent'
  | 'leftAt'
  | 'stayedUntil'
  | 'stallsAt'
  | 'stallMsAt'
  | `hazard.${Exposure}.${Network}.${'atRisk' | 'left'}`
  /** Of sessions, by number of the episode. */
  | 'startedAt'
  | 'nextCandidatesAt'
  | 'wentOnFrom'
  | 'enteredAt'
  | 'furthestAt'
  | 'finishedAt'
  | 'paywallAt'
  | 'unlockedAt'
  | 'liftCandidatesAt'
  | 'wentOnAfterUnlock'
  | 'sessionsByDepth';

export type SketchName = 'startupMs' | 'swipeMs' | 'watchedPercent' | 'unlockMs' | 'bingeDepth';
