import { DAYS_KEPT, HOURS_KEPT_DAYS } from '#core/qoe/limits.ts';

/** What sendBeacon carries at most; a beacon is one queue message (128 KB there). @see security.md ANA-4 */
export const MAX_BEACON_BYTES = 64 * 1024;
export const MAX_EVENTS_PER_BEACON = 100;
/** A player reports of what it plays, and of what it has just left; each view is an object that is asked. */
export const MAX_CMCD_VIEWS = 4;
/** A view that is told every second for a day has not said so much. */
export const MAX_SEQ = 1_000_000;
/** Nobody waits ten minutes for a picture; what says so is a clock that was set. */
export const MAX_STARTUP_MS = 600_000;
export const MAX_STALL_MS = 3_600_000;

/** A view that was told at its end may come this late under its own pass (security.md ANA-3). */
export const PASS_GRACE_SECONDS = 600;
/** Episodes of passes kept per isolate: an asset is one episode's for ever. 60 bytes each. */
export const MAX_CACHED_ASSETS = 2_000;
/** What an asset is of is asked for at most so long: a beacon is taken without knowing. */
export const ASSET_PATIENCE_MS = 250;

/** A list of revoked viewers this young is taken as it is; an older one is read again behind the answer. */
export const REVOKED_FRESH_MS = 5_000;
/** One older than this is read before the answer: so a revocation holds within 10 s. */
export const REVOKED_STALE_MS = 8_000;
/** A beacon waits for it this long at most. While D1 is down, nothing waits. */
export const REVOKED_PATIENCE_MS = 250;
/** Rows may be written a little after the moment that they name. */
export const REVOKED_OVERLAP_SECONDS = 60;
/** Tokens that held in this isolate: for the time when keys cannot be read. As many as one isolate has viewers. */
export const MAX_KNOWN_TOKENS = 2_000;
/** Whoever is known need not wait for keys that are slow to come. */
export const TOKEN_PATIENCE_MS = 100;
/** How long a token that held is taken while keys cannot be read: as long as other doors take the last keys. */
export const TOKEN_LAST_GOOD_MS = 3_600_000;

/** User agents seen per isolate: the common ones are a few hundred, and reading one costs 0.1 ms. */
export const MAX_CACHED_AGENTS = 1_000;
/** What is longer is not a browser's. */
export const MAX_AGENT_CHARACTERS = 512;

/** An episode has two minutes; a hundred separate stretches watched of one is not a person. */
export const MAX_INTERVALS_PER_VIEW = 120;
export const MAX_STALLS_PER_VIEW = 200;
export const MAX_POSITION_SECONDS = 4 * 3_600;
/** The tallest rendition of a long episode, played again and again, is less; what says more counts as not told. */
export const MAX_VIEW_BYTES = 4e9;
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
/** Where nothing can be folded for so long, beacons wait in their queue: an object that starts reads all of its journal. */
export const MAX_JOURNAL_CHARS: number = 4 * JOURNAL_CHARS;
/** The last ones, some 10 MB: enough to see what is wrong, and all that was told is in the raw events. */
export const MAX_REFUSED_ROWS = 20;
/** A row of an object's SQLite holds 2 MB. */
export const JOURNAL_ROW_CHARS = 500_000;

/** A day of swiping on every minute and a half; of a session that goes on, no further views are counted. */
export const MAX_VIEWS_OF_SESSION = 1_000;
/** Values that a dimension has in a day of a series: with their curves at their longest (5 KB) half of a row of SQLite's 2 MB. */
export const MAX_VALUES_OF_DIMENSION = 40;

/** Of stored rollups that are kept decoded from one fold to the next: ten times as much there, of a memory of 128 MB. */
export const ROLLUP_BYTES_IN_MEMORY = 4_000_000;

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
export const HOURS_KEPT_MS: number = HOURS_KEPT_DAYS * DAY_MS;
export const DAYS_KEPT_MS: number = DAYS_KEPT * DAY_MS;
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

/** Items of an overview, unless said and at most: an item is some 500 bytes. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 500;

/** Objects that one question of all series asks: those that were watched last, of which an invocation may call 1,000. */
export const MAX_LIVE_SERIES = 200;
/** And those that came out last, watched or not. */
export const MAX_NEW_SERIES = 20;
/** The same, of an alert over all series, whose numbers are summed up each minute. */
export const MAX_ALERT_SERIES = 200;

/** Alerts that are looked at at a time; each may ask OBJECTS_AT_ONCE, of an invocation that has a minute for a hundred of them. */
export const ALERTS_AT_ONCE = 4;
/** Objects that an erasure, an export or an alert asks at a time. */
export const OBJECTS_AT_ONCE = 20;

/** What lies in quarantine is sent again this long after it came there: by then what was down is up, or known to be down. */
export const REPLAY_AFTER_MS = 600_000;
/** In one run of the cron. */
export const MAX_REPLAYED = 500;
/** Messages in quarantine that an erasure reads at a time: 64 KB each at most, of a memory of 128 MB. */
export const QUARANTINE_PAGE = 200;
