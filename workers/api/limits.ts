/** Every JSON call fits in this many bytes; media never travels as JSON (security.md API-8). */
export const MAX_JSON_BYTES = 64 * 1024;

/** A playlist of two hours in segments of one second is half of this. */
export const MAX_PLAYLIST_BYTES = 1024 * 1024;

/** An import lists the folder a thousand objects at a time; an episode of ten rungs has less than a tenth of this. */
export const MAX_IMPORT_LIST_PAGES = 20;

/** Lists answer this many unless asked, and never more than the second. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 100;

/** What a guest of the demo page starts with, and gets for asking: enough for a few episodes. */
export const DEMO_COINS = 25;
export const DEMO_TOP_UP_COINS = 50;

/** One claim may lapse at most this many dead leases a minute; the rest waits for the next. */
export const MAX_LAPSED_PER_SWEEP = 100;

/** An import is one request of seconds; what is not done by then lost its Worker. */
export const MAX_IMPORT_MS = 600_000;

/** Standard Webhooks refuses what is older than five minutes, so an id need not be remembered much longer. */
export const WEBHOOK_MEMORY_MS = 3_600_000;

/** A day and the clocks' skews: after it no token from before the revocation is alive. */
export const REVOCATION_MEMORY_MS = (86_400 + 120) * 1_000;

/** A binge series has 60 to 100 episodes; three times that is answered in one piece. */
export const MAX_SERIES_EPISODES = 300;

/** How long a change made through another isolate may go unseen by a read of a whole series. */
export const CATALOGUE_FRESH_MS = 5_000;

/** Each holds some 50 KB of policies and titles; an isolate has 128 MB. */
export const MAX_CACHED_SERIES = 200;

/** A drop is two reads and one batch; what is due beyond these waits for the next minute. */
export const MAX_DROPS_PER_SWEEP = 20;
