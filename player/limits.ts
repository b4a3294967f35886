/** Every number the player lives by, with its reason. */

/** Previous, current, next: each attached 720p element costs 22 to 25 MB (notes/playback.md 2.4). */
export const POOL_SIZE = 3;
/** Phones with little memory or a data saver keep no previous episode. */
export const SMALL_POOL_SIZE = 2;

/** Items per feed page: about one minute of fast swiping. */
export const FEED_PAGE_LIMIT = 10;
/** Fewer items than this ahead of the viewer: fetch the next page. */
export const LOAD_MORE_WITHIN = 4;

/** What a warm episode holds: enough for its first frame and no second request's worth of waste. */
export const WARM_BUFFER_SECONDS = 0.5;
/** Of the time of its first frame, how much is behind a warm episode. Not all: a browser may round up into the second. */
export const STILL_SHARE = 0.9;
/**
 * What moves more slowly is slides, and the sound of one would be missed. No further than this nobody seeks: that is how
 * warm episodes are placed, and a view tells of no such step.
 */
export const LONGEST_FRAME_SECONDS = 0.05;
/** Below this the playing episode fetches whatever the preload policy says, which lets it have more. */
export const ACTIVE_BUFFER_SECONDS = 0.5;
/** What it fetches where nobody asks the policy: in a small window over another page. */
export const UNATTENDED_BUFFER_SECONDS = 6;
/** As far as that may go. hls.js's default would fetch the whole micro-episode. */
export const MOST_BUFFER_SECONDS = 20;

/** A preview is stopped this far before its last byte: past it Chromium waits for data that is not for sale. */
export const PREVIEW_STOP_MARGIN_SECONDS = 0.08;

/** Ask the app for another token this long before the old one lapses. */
export const TOKEN_RENEWAL_MARGIN_SECONDS = 60;

/** A request to the edge that takes longer is treated as lost; the viewer is told and can retry. */
export const EDGE_TIMEOUT_MS = 10_000;

/** Beacons go out this often while something changed. */
export const BEACON_INTERVAL_MS = 10_000;
/** Views per request: 10 of them stay below the 16 KB that is safe for `sendBeacon`. */
export const BEACON_BATCH_LIMIT = 10;
/** Views that wait for a network, in memory; the oldest are given up. An evening without one is a hundred. */
export const BEACON_QUEUE_LIMIT = 200;

/** Broken media passes are renewed this often per episode before the viewer is told. */
export const PASS_RENEWAL_LIMIT = 3;

/** Renewals further apart than this are each a new story: passes live for minutes. */
export const PASS_RENEWAL_WINDOW_MS = 60_000;

/** The share of a slide that must be seen for it to be the current one. */
export const ACTIVE_SLIDE_RATIO = 0.6;

export const TOAST_MS = 3200;

/** Transfers that last longer are sampled on the way, so that a line that breaks in is noticed within one segment. */
export const BANDWIDTH_SAMPLE_MS = 500;

/** What is fetched ahead and not played yet: bundles weigh 100 to 200 KB, so this is the last dozen episodes. */
export const MEDIA_STORE_BYTES: number = 6 * 1024 * 1024;
/** A bundle that has not begun to answer by then is not waited for: the segment is asked for by itself. */
export const BUNDLE_PATIENCE_MS = 2_500;

/** Under a pass that was refused nothing is fetched ahead for so long: a lapsed one is renewed sooner. */
export const REFUSED_PASS_PAUSE_MS = 30_000;

/** More than the pictures that a decoder holds back: four of 24 a second are 0.17. */
export const RESUME_AHEAD_SECONDS = 0.25;
/** No event tells that a buffer has grown; half a frame later is soon enough. */
export const BUFFER_POLL_MS = 15;

/** What waits for a first frame goes on without one after this long. */
export const START_PATIENCE_MS = 4_000;

/** Longer than this a viewer does not wait for anybody's `Retry-After`. */
export const MAX_RETRY_AFTER_MS = 30_000;
/** Refused for its rate this often in a row, a segment has failed. */
export const RATE_LIMIT_RETRIES = 3;
/** Where a 429 does not say when. */
export const RETRY_AFTER_OTHERWISE_MS = 2_000;

/** A media pass is renewed this long before it lapses, in the background. */
export const PASS_EXPIRY_MARGIN_MS = 60_000;

/** So long a new playlist waits for the segment that is on its way under the old one. */
export const REPLACE_PATIENCE_MS = 2_000;

/** An automatic unlock is asked for this long before a preview ends, so that nothing stops. */
export const AUTO_UNLOCK_AHEAD_SECONDS = 2;
/** Who only passes by a locked episode has not asked for it. */
export const AUTO_UNLOCK_DWELL_MS = 1_000;

/** Episodes that the preload policy is shown: it never looks further ahead than three. */
export const PRELOAD_QUEUE_LIMIT = 3;

/** Two taps within this are one gesture. A pause waits that long: longer is felt. */
export const DOUBLE_TAP_MS = 250;
/** Longer than a tap, shorter than the system's own long press. */
export const HOLD_MS = 400;
export const HOLD_RATE = 2;
/** A finger is never quite still. */
export const TAP_SLOP_PX = 12;
/** A step by key or double tap: of a minute, not of a film. */
export const SEEK_STEP_SECONDS = 5;
/** A viewer who stopped this close to either end begins anew. */
export const RESUME_MARGIN_SECONDS = 3;
/** The most the edge gives at once: for what lies before the episode that a viewer came back to. */
export const FEED_PAGE_MOST = 30;
/** Without a cap of the viewer's own: about ten episodes. */
export const AUTO_UNLOCK_CAP_COINS = 100;
/** What a tab of the episode grid holds. */
export const GRID_RANGE = 30;
/** In `localStorage`: languages of captions and sound. */
export const PREFERENCES_KEY = 'cliffhanger-languages';
/** In `localStorage`, with consent for analytics only: that this browser was here before. */
export const VISITED_KEY = 'cliffhanger-visited';
