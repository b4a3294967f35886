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

/** Relative error of every published percentile: p95 of 400 ms is told as 396 to 404 ms. */
export const SKETCH_RELATIVE_ERROR = 0.01;

/** Curves are as long as the episode; of one whose length is not known, this long. Micro-drama has 30 to 120 s. */
export const LONGEST_CURVE_SECONDS = 600;

/** What the playhead may be past the end: containers round, and the last frame has a length. @see security.md ANA-4 */
export const PAST_END_SECONDS = 2;
/** Held at 2×, with the clocks of a phone: more media than this a second was not watched. @see security.md ANA-4 */
export const FASTEST_PLAYBACK = 2.5;

/** Gone sooner, without a picture: a flick through the feed, not somebody who waited. @see notes/playback.md 5.1 */
export const FLICK_MS = 500;

/** How long after a stall somebody may leave because of it. */
export const EXPOSURE_SECONDS = 5;

/** Bounds of the network classes, as measured: below the first no rung of 540p fits, above the second every one does. */
export const SLOW_NETWORK_BPS = 1_500_000;
export const FAST_NETWORK_BPS = 6_000_000;

/** In its first seconds an episode is tried on; they have a number of their own and are no drop-off. */
export const OPENING_SECONDS = 3;
/** Who leaves within the last ones has seen it. */
export const CLOSING_SECONDS = 2;
/** Seconds on each side of a second that say what is usual there. */
export const BASELINE_SECONDS = 15;
/** Standard errors above what is usual: by chance 1 second in 30,000, and an episode has a hundred. */
export const DROPOFF_Z = 4;

/** Fewer people than this are not told of in what is shared. @see security.md ANA-8 */
export const MIN_VIEWERS_SHARED = 10;
/** Fewer leavers than this say nothing of why they left. */
export const MIN_LEAVERS = 30;

/** A cliffhanger holds who goes on this soon; with the next episode playing by itself, who then also stays a little. */
export const HOLD_MS = 10_000;
export const HOLD_PLAYED_SECONDS = 3;
/** Free episodes before a paywall that say what going on is like without one. */
export const LIFT_EPISODES = 3;

/** A start that is felt as none. @see notes/playback.md 5.1 */
export const FAST_START_MS = 100;

/** Parts of the finest curve that is by share of the episode. */
export const FINEST_PERCENT = 100;

/** A cause of fewer of the leavers than this is not named as one. */
export const MATERIAL_SHARE = 0.2;

/** Rows of one table by dimension: there are some 250 countries; of app versions and experiments nobody reads more. */
export const MAX_BREAKDOWN_ROWS = 300;

/** What is answered where no period is asked for: four weeks have each weekday four times. */
export const DEFAULT_PERIOD_DAYS = 28;
/** How long rollups are kept: docs/decisions/042-analytics-pipeline.md. Days for 25 months: the same month of the year before last is there. */
export const HOURS_KEPT_DAYS = 90;
export const DAYS_KEPT = 761;
