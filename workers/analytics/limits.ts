/** What sendBeacon carries at most; a beacon is one queue message (128 KB there). @see security.md ANA-4 */
export const MAX_BEACON_BYTES = 64 * 1024;
export const MAX_EVENTS_PER_BEACON = 100;

/** An episode has two minutes; a hundred separate stretches watched of one is not a person. */
export const MAX_INTERVALS_PER_VIEW = 120;
export const MAX_STALLS_PER_VIEW = 200;
export const MAX_POSITION_SECONDS = 4 * 3_600;
/** A page may stay open for a week. */
export const MAX_SESSION_MS = 7 * 86_400_000;

/** A curve an hour old is as good as new: what viewers do with an episode changes by the day. */
export const SURVIVAL_FRESH_MS = 3_600_000;
/** Series that one run of the cron looks at, which is once a minute: 180 in an hour. */
export const SURVIVAL_SERIES_PER_RUN = 3;
/** The newest views of each episode: with 2,000 a share is known to 2 %, and an episode costs 2,000 rows of D1. */
export const SURVIVAL_VIEWS_PER_EPISODE = 2_000;

/** Views read for one retention curve; beyond it the answer says that it is a sample. */
export const MAX_VIEWS_PER_CURVE = 50_000;
