/** Every JSON call fits in this many bytes; media never travels as JSON (security.md API-8). */
export const MAX_JSON_BYTES = 64 * 1024;

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
