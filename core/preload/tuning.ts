/** Every number the policy lives by. Tuned in bench/preload on seeds that its tests and its table do not use. */
export interface PreloadTuning {
  /** A segment is worth its bytes when it is needed within the horizon with this probability. */
  readonly threshold: number;
  /** The horizon on a link of unlimited speed; a slower link looks further ahead. */
  readonly horizonSeconds: number;
  readonly minHorizonSeconds: number;
  readonly maxHorizonSeconds: number;
  /** Below this, and the time that its next segment takes, the current episode is about to stall. */
  readonly guardSeconds: number;
  /** Instead of the guard, for first segments of later episodes: a short stall may be, swipes are certain. */
  readonly startGuardSeconds: number;
  /** And for the next one's first frame. Below 0: a stall of so long, of those who stay, for a start of those who don't. */
  readonly nextGuardSeconds: number;
  /** At once: the second one fills the line while the first is asked for; a third would only make both late. */
  readonly maxTransfers: number;
  /** Of the next episode, and of each one after it; the first segment is always allowed. */
  readonly nextSeconds: number;
  readonly laterSeconds: number;
  /** Enough for the first segment of an episode after the next, once the current one is safe. */
  readonly possibleShare: number;
  readonly idleMs: number;
  /** While a segment of the current episode is on its way. */
  readonly waitMs: number;
}

export const TUNING: PreloadTuning = {
  threshold: 0.8,
  horizonSeconds: 3,
  minHorizonSeconds: 2.5,
  maxHorizonSeconds: 8,
  guardSeconds: 0.75,
  startGuardSeconds: 0.2,
  nextGuardSeconds: -0.5,
  maxTransfers: 2,
  nextSeconds: 4,
  laterSeconds: 1,
  possibleShare: 0.005,
  idleMs: 250,
  waitMs: 80,
};

/** Previous, current, next: each attached 720p element costs 22 to 25 MB (notes/playback.md 2.4). */
export const MAX_ATTACHED = 3;
/** Phones of up to 2 GB keep no previous episode, and decoders are scarcer there than memory. */
export const SMALL_MAX_ATTACHED = 2;
export const SMALL_MEMORY_GB = 2;

/** Episodes ahead. A fourth is not reached before the first three have been used up, even by quick swipers. */
export const MAX_DEPTH = 3;
export const SMALL_MEMORY_DEPTH = 2;
/** For who pays by the byte, or by the battery: the next one, so that a swipe is still a swipe. */
export const THRIFTY_DEPTH = 1;
