/** Every JSON call fits in this many bytes; media never travels as JSON (security.md API-8). */
export const MAX_JSON_BYTES = 64 * 1024;

/**
 * The graph of a whole series comes back as it was read: 500 nodes of 1 KB, which is a title of 200 characters in any
 * script, and 1,500 edges of 300 bytes.
 */
export const MAX_GRAPH_BYTES = 1024 * 1024;

/** `transcode.completed` names every object with its MD5: MAX_OBJECTS_PER_VERSION at 90 bytes each, and the rest. */
export const MAX_TRANSCODE_EVENT_BYTES = 1024 * 1024;

/** A playlist of two hours in segments of one second is half of this. */
export const MAX_PLAYLIST_BYTES = 1024 * 1024;

/** An import lists the folder a thousand objects at a time; an episode of ten rungs has less than a tenth of this. */
export const MAX_IMPORT_LIST_PAGES = 20;

/** Lists answer this many unless asked, and never more than the second. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 100;

/** A viewer has none, or one; with more than these somebody sends chargebacks of another shop. */
export const MAX_PARKED_LISTED = 100;

/** What a guest of the demo page starts with, and gets for asking: enough for a few episodes. */
export const DEMO_COINS = 25;
export const DEMO_TOP_UP_COINS = 50;

/** One claim may lapse at most this many dead leases a minute; the rest waits for the next. */
export const MAX_LAPSED_PER_SWEEP = 100;

/** A minute sweeps so many prefixes, with one list and one delete of a thousand objects each, or a few large ones. */
export const MAX_PREFIXES_PER_SWEEP = 50;
export const MAX_SWEEP_LISTS = 60;

/** A thousand objects each: MAX_OBJECTS_PER_VERSION fit into ten, and one more shows that there are more. */
export const MAX_VERIFY_LISTS = 11;

/** An import is one request of seconds; what is not done by then lost its Worker. */
export const MAX_IMPORT_MS = 600_000;

/** Standard Webhooks refuses what is older than five minutes, so an id need not be remembered much longer. */
export const WEBHOOK_MEMORY_MS = 3_600_000;

/** A day and the clocks' skews: after it no token from before the revocation is alive. */
export const REVOCATION_MEMORY_MS = (86_400 + 120) * 1_000;

/** How long a change made through another isolate may go unseen by a read of a whole series. */
export const CATALOGUE_FRESH_MS = 5_000;

/** Each holds some 50 KB of policies and titles, the longest 250 KB; an isolate has 128 MB. */
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
/** A drop is two reads and one batch; what is due beyond these waits for the next minute. */
export const MAX_DROPS_PER_SWEEP = 20;

/** After a rotation old and new work side by side: a day for all backends to change over, a week where they are slow. */
export const DEFAULT_OVERLAP_SECONDS = 86_400;
export const MAX_OVERLAP_SECONDS = 7 * 86_400;

/** How long an Idempotency-Key means its first request: longer than any client retries. */
export const IDEMPOTENCY_MEMORY_MS = 86_400_000;

/**
 * A request that has not ended by now has died with its Worker, and another may take its key. Longer than a Worker may
 * run behind a client that waits.
 */
export const IN_FLIGHT_MS = 60_000;

/** A year and a month: last year's month can still be compared with this year's. */
export const AUDIT_MEMORY_MS = 400 * 86_400_000;

/** Rows that one sweep deletes of a table, so that a backlog does not hold the database. */
export const MAX_FORGOTTEN_PER_SWEEP = 1_000;

/** What an operator runs in parallel: systems, stages, a colleague's test. Each event is written once for each. */
export const MAX_WEBHOOK_ENDPOINTS = 20;

/** Replay needs them; payloads name viewers, so no longer than a fortnight. */
export const WEBHOOK_EVENT_MEMORY_MS = 14 * 86_400_000;

/** Standard Webhooks: 15 to 30 s; the less, the sooner the next endpoint's turn. */
export const WEBHOOK_TIMEOUT_MS = 15_000;

/** A delivery whose Worker died is due again after this. Longer than the timeout. */
export const DELIVERY_CLAIM_MS = 60_000;

/** Of one endpoint at once: a Worker holds six connections open, and a slow endpoint must leave some to others. */
export const DELIVERIES_PER_ENDPOINT = 3;

/** A Worker holds six connections open; one is left to D1 and to who else is at work. */
export const DELIVERIES_AT_ONCE = 5;

/** No round of deliveries is begun later than this in a run: the cron comes every minute. */
export const DELIVERY_RUN_MS = 40_000;

/** No try is begun later than this behind an answer: there Cloudflare gives 30 s, and a try may take 15. */
export const LAST_TRY_BEHIND_ANSWER_MS = 12_000;

/** A guest becomes an account, and that one is put together with another now and then; more is a circle. */
export const MAX_MERGE_HOPS = 5;

/**
 * How long an erased viewer's id answers 410, and nothing of the viewer is taken into D1. A queue keeps a message for
 * fourteen days at the most, and the queue of what it gave up for another fourteen; stores try for three. Two days to spare.
 */
export const ERASED_MEMORY_MS = 30 * 86_400_000;

/** A message that could not be worked off names a viewer, so it is not kept for ever; a month is time to look at it. */
export const QUARANTINE_MEMORY_MS = 30 * 86_400_000;

/** A catalogue of a hundred series by episode, in three ways each, is answered in parts: by series, or by time. */
export const MAX_REPORT_ROWS = 2_000;

/** Each is a call or three of the bucket. */
export const MAX_EXPIRED_UPLOADS_PER_SWEEP = 50;

/** Of one episode: those that were begun in the last days and not swept yet. */
export const MAX_UPLOADS_LISTED = 20;

/** A million characters of captions, of up to four bytes each. */
export const MAX_CAPTIONS_BYTES = 4 * 1024 * 1024;

/** Each lost try means that another call changed the same episode's captions in between. */
export const MAX_CAPTION_TRIES = 10;

/** Whoever changes captions, or publishes, applies them at once; what is older than this was left behind. */
export const UNAPPLIED_CAPTIONS_MS = 60_000;
/** Each may be a few hundred objects. */
export const MAX_CAPTIONS_PER_SWEEP = 2;

/** `t{n}` has at most three digits in a media path. */
export const MAX_TRACK_NUMBER = 999;

/** A transcoder waits 10 s for its lease, and what else a lease takes is well under a second. */
export const KEY_SERVER_TIMEOUT_MS = 6_000;

/** One key with the data of three DRM systems is under 12 KB, most of it PlayReady's header. */
export const MAX_CPIX_ANSWER_BYTES = 64 * 1024;

/** A pull of which nothing was heard for so long lost its message, and is sent another. */
export const PULL_SILENCE_MS = 120_000;
export const MAX_PULLS_RESENT = 50;

/** The cron of analytics looks at all of them each minute. */
export const MAX_ALERTS = 100;
/** Rollups are by the hour, so less than one says nothing; what is asked of more than two weeks is a report. */
export const MIN_ALERT_WINDOW_MINUTES = 60;
export const MAX_ALERT_WINDOW_MINUTES = 14 * 24 * 60;
