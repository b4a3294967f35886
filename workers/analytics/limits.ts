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

/** What came in is folded into the numbers this long after the first of it, and at once before any answer. */
export const FOLD_AFTER_MS = 10_000;
/** Folded at once: that much is 10,000 beacons or so, held in the memory of an object that has 128 MB. */
export const JOURNAL_CHARS = 8_000_000;
/** A row of an object's SQLite holds 2 MB. */
export const JOURNAL_ROW_CHARS = 500_000;

/** An episode that comes out, or is replaced, is counted as such a minute later at the latest. */
export const CATALOGUE_FRESH_MS = 60_000;

/** A player that plays tells itself every few seconds; who was silent for so long is gone. */
export const LIVE_MS = 45_000;

/** Of which the consumer remembers the series: 100 bytes each. */
export const MAX_KNOWN_EPISODES = 50_000;

/** Items of an overview, unless said and at most: an item is some 500 bytes. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 500;

/** Objects that one question of all series asks: those that were watched last, of which an invocation may call 1,000. */
export const MAX_LIVE_SERIES = 200;
/** The same, of an alert over all series, whose numbers are summed up each minute. */
export const MAX_ALERT_SERIES = 200;
