/** Far above any pack sold and far below 2^53, so that no sum of a wallet can lose a coin to rounding. */
export const MAX_COINS_PER_OPERATION = 10_000_000;

/** Visible ASCII, long enough for a UUID without dashes and short enough to index. @see draft-ietf-httpapi-idempotency-key-header-07 */
export const IDEMPOTENCY_KEY_PATTERN: RegExp = /^[\x21-\x7e]{1,128}$/;
