/** Far above any pack sold and far below 2^53, so that no sum of a wallet can lose a coin to rounding. */
export const MAX_COINS_PER_OPERATION = 10_000_000;

/** Visible ASCII, long enough for a UUID without dashes and short enough to index. @see draft-ietf-httpapi-idempotency-key-header-07 */
export const IDEMPOTENCY_KEY_PATTERN: RegExp = /^[\x21-\x7e]{1,128}$/;

/** An operator's own name for a payment, as shops and stores make them. */
export const REFERENCE_PATTERN: RegExp = /^[\x21-\x7e]{1,200}$/;

/** A price that was shown holds this long: time to read a sheet, and too short to wait for another price. */
export const QUOTE_TTL_MS: number = 15 * 60_000;

/** Coins that lapsed while they were spent come back with this much life at least, or a refund would be an empty word. */
export const MIN_REFUND_LIFE_MS: number = 7 * 86_400_000;

/** A correction that nobody approves within three working days has been forgotten, and so has why it was right. */
export const PENDING_ADJUSTMENT_TTL_MS: number = 72 * 3_600_000;
