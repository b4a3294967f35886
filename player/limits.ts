/** Every number the player lives by, with its reason. */

/** Previous, current, next: each attached 720p element costs 22 to 25 MB (notes/playback.md 2.4). */
export const POOL_SIZE = 3;
/** Phones with little memory or a data saver keep no previous episode. */
export const SMALL_POOL_SIZE = 2;

/** Items per feed page: about one minute of fast swiping. */
export const FEED_PAGE_LIMIT = 10;
/** Fewer items than this ahead of the viewer: fetch the next page. */
export const LOAD_MORE_WITHIN = 4;

/** The next episode is attached once the current one has this much ahead, so that it never starves it. */
export const SAFE_AHEAD_SECONDS = 2;
/** What a warm episode holds: enough for its first frame and no second request's worth of waste. */
export const WARM_BUFFER_SECONDS = 1;
/** What the playing episode holds. hls.js's default would fetch the whole micro-episode. */
export const ACTIVE_BUFFER_SECONDS = 8;

/** A preview is stopped this far before its last byte: past it Chromium waits for data that is not for sale. */
export const PREVIEW_STOP_MARGIN_SECONDS = 0.08;

/** Ask the app for another token this long before the old one lapses. */
export const TOKEN_RENEWAL_MARGIN_SECONDS = 60;

/** A request to the edge that takes longer is treated as lost; the viewer is told and can retry. */
export const EDGE_TIMEOUT_MS = 10_000;

/** Beacons go out this often while something changed. */
export const BEACON_INTERVAL_MS = 10_000;
/** Views per request: 20 of them stay below the 16 KB that is safe for `sendBeacon`. */
export const BEACON_BATCH_LIMIT = 20;

/** Broken media passes are renewed this often per episode before the viewer is told. */
export const PASS_RENEWAL_LIMIT = 3;

/** Renewals further apart than this are each a new story: passes live for minutes. */
export const PASS_RENEWAL_WINDOW_MS = 60_000;

/** The share of a slide that must be seen for it to be the current one. */
export const ACTIVE_SLIDE_RATIO = 0.6;

export const TOAST_MS = 3200;
