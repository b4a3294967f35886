/** What sendBeacon carries at most; a beacon is one queue message (128 KB there). @see security.md ANA-4 */
export const MAX_BEACON_BYTES = 64 * 1024;
export const MAX_EVENTS_PER_BEACON = 100;

/** An episode has two minutes; a hundred separate stretches watched of one is not a person. */
export const MAX_INTERVALS_PER_VIEW = 120;
export const MAX_STALLS_PER_VIEW = 200;
export const MAX_POSITION_SECONDS = 4 * 3_600;
/** A page may stay open for a week. */
export const MAX_SESSION_MS = 7 * 86_400_000;

/** A survival curve an hour old is as good as new: what viewers do with an episode changes by the day. */
export const SURVIVAL_FRESH_MS = 3_600_000;
/** What it is made of: the views of four weeks. */
export const SURVIVAL_DAYS = 28;

/** What came in is folded into the numbers this long after the first of it, and at once before any answer. */
export const FOLD_AFTER_SECONDS = 30;
/** The next try, where D1 did not take what was folded. */
export const PUBLISH_AGAIN_MS = 60_000;
/** Rows of D1 in one call of it. */
export const PUBLISHED_PER_BATCH = 50;
/** Folded at once: that much is 10,000 beacons or so, held in the memory of an object that has 128 MB. */
export const JOURNAL_CHARS = 8_000_000;
/** A row of an object's SQLite holds 2 MB. */
export const JOURNAL_ROW_CHARS = 500_000;

/** Kept decoded from one fold to the next: some 50 KB each with all its segments, of a memory of 128 MB. */
export const ROLLUPS_IN_MEMORY = 300;

/** An episode that comes out, or is replaced, is counted as such a minute later at the latest. */
export const CATALOGUE_FRESH_MS = 60_000;

/** A player that plays tells itself every few seconds; who was silent for so long is gone. */
export const LIVE_MS = 45_000;

/** Of which the consumer remembers the series: 100 bytes each. */
export const MAX_KNOWN_EPISODES = 50_000;

const DAY_MS = 86_400_000;
/** @see security.md PRV-3, and docs/storage.md */
export const RAW_KEPT_MS = 30 * DAY_MS;
export const VIEWS_KEPT_MS = 90 * DAY_MS;
export const HOURS_KEPT_MS = 90 * DAY_MS;
/** 25 months: the same month of the year before last is still there. */
export const DAYS_KEPT_MS = 761 * DAY_MS;
/** A key of raw events goes this long after its day began: a batch of that day may be retried until then. */
export const RAW_KEY_KEPT_MS = 2 * DAY_MS;

/** What an erased viewer's beacons are known by: as long as one may lie in quarantine and be replayed. */
export const ERASED_KEPT_MS = 31 * DAY_MS;

/** What Analytics Engine takes of one invocation. */
export const POINTS_PER_INVOCATION = 250;
/** Of a thousand objects each, in one run of the cron: a deployment that writes more in an hour sets a lifecycle rule as well. */
export const MAX_RAW_PAGES = 50;
/** Rows of D1 that one run of the cron deletes. */
export const MAX_FORGOTTEN_ROWS = 5_000;
