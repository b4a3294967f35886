/** One token serves a whole app session of swipes; a day bounds what a leaked one is worth. */
export const MAX_TOKEN_TTL_SECONDS = 86_400;
export const DEFAULT_TOKEN_TTL_SECONDS: number = 6 * 3_600;

/** Phones and backends disagree by seconds, not minutes (security.md TOK-8). */
export const CLOCK_SKEW_SECONDS = 30;

/** Two backends, each in the middle of a rotation. The edge keeps the whole set in memory, so it must stay small. */
export const MAX_BACKEND_KEYS = 4;

/** A media pass lives at most this long: what a shared URL is worth. */
export const MAX_PASS_TTL_SECONDS = 900;

/** Passes are minted and checked by the same edge: only its own clocks can differ. */
export const PASS_SKEW_SECONDS = 5;

/** Opaque to us, chosen by the operator's backend. RFC 3986 unreserved characters: safe in a path as they stand, but for `.` and `..`. */
export const VIEWER_ID_PATTERN: RegExp = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;
