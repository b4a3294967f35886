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

/** Apple signs as it sends; what is newer than our clock by more than this was not signed now. */
export const STORE_CLOCK_SKEW_MS = 300_000;

/** A purchase, its subscription and its acknowledgement are under 8 KB. */
export const MAX_STORE_ANSWER_BYTES = 64 * 1024;
/** Pub/Sub waits 10 s for us by default, and one message takes two or three calls. */
export const STORE_CALL_TIMEOUT_MS = 4_000;

/** Google's keys change every few days; the unknown kid of a forger makes us ask this often at most. */
export const STORE_KEYS_FRESH_MS = 3_600_000;
export const STORE_KEYS_COOLDOWN_MS = 30_000;

/** A purchase changes its state a few times in its life; more turns in one call mean that two callers fight. */
export const MAX_PURCHASE_STEPS = 10;
/** What a call left half done is taken up by the cron after this long, and so many a minute. */
export const PURCHASE_RETRY_MS = 60_000;
export const MAX_PURCHASES_PER_SWEEP = 50;

/** From a minute, doubled with each failure, up to this: in three days Google takes the purchase back. */
export const MAX_ACKNOWLEDGE_RETRY_MS = 3_600_000;
export const ACKNOWLEDGE_WITHIN_MS = 3 * 86_400_000;
