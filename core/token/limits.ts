/** One token serves a whole app session of swipes; a day bounds what a leaked one is worth. */
export const MAX_TOKEN_TTL_SECONDS = 86_400;
export const DEFAULT_TOKEN_TTL_SECONDS: number = 6 * 3_600;

/** Phones and backends disagree by seconds, not minutes (security.md TOK-8). */
export const CLOCK_SKEW_SECONDS = 30;

/** Two backends, each in the middle of a rotation. The edge keeps the whole set in memory, so it must stay small. */
export const MAX_BACKEND_KEYS = 4;

/** Each source holds a key at least, so more could never all be of use. */
export const MAX_KEY_SOURCES = 4;

/** A JWKS URL is asked at most this often, whatever comes in (security.md TOK-6). */
export const KEY_SOURCE_COOLDOWN_MS = 30_000;
/** Without any unknown key id: a key that was taken out at its source ends this late at most, and the skew. */
export const KEY_SOURCE_REFRESH_MS = 600_000;
/** After a failure: the next try, so that a short outage at the source goes by unseen. */
export const KEY_SOURCE_RETRY_MS = 60_000;
/** How long a key verifies after its source last named it. */
export const KEY_SOURCE_LEASE_MS = 3_600_000;
/** Four keys are under 4 KB; sets that hold much else stay below this. */
export const MAX_JWKS_BYTES: number = 64 * 1024;
/** Somebody waits for it: whoever registers the URL, or a player with the first token of a new key. */
export const JWKS_TIMEOUT_MS = 3_000;

/** A media pass lives at most this long: what a shared URL is worth. */
export const MAX_PASS_TTL_SECONDS = 900;

/** Passes are minted and checked by the same edge: only its own clocks can differ. */
export const PASS_SKEW_SECONDS = 5;

/** Opaque to us, chosen by the operator's backend. RFC 3986 unreserved characters: safe in a path as they stand, but for `.` and `..`. */
export const VIEWER_ID_PATTERN: RegExp = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;

/** A limit of streams or devices above this limits nobody, and its answers would be long. */
export const MAX_VIEWER_LIMIT = 100;
