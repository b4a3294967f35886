/** A stop shorter than this is not seen by anyone, so it is not a stall. */
export const STALL_FLOOR_MS = 50;

/** A step of the playhead longer than this between two ticks is a jump, not watching (a tick comes 4 times a second). */
export const LONGEST_TICK_SECONDS = 1.5;

/** A view of 120 s cannot have more worth telling; keeps a beacon under the 16 KB that `sendBeacon` shares. */
export const STALLS_PER_VIEW = 50;

/** How far a survival curve reaches: what is preloaded lies within the first seconds of an episode. */
export const SURVIVAL_SECONDS = 60;

/** An episode's own views outweigh those of its series once there are more of them than this. */
export const PRIOR_VIEWS = 20;

/** Below these a curve says more of single viewers than of the episode, or the series. */
export const MIN_VIEWS_OF_EPISODE = 20;
export const MIN_VIEWS_OF_SERIES = 50;
