/** An ad is chosen, loaded and watched within minutes; half an hour leaves room for a phone that was put aside. */
export const AD_INTENT_TTL_SECONDS = 1_800;

/** A player shows one ad at a time and may load one ahead. The oldest makes room, so nobody locks themselves out. */
export const MAX_AD_INTENTS = 20;

/** Google’s clock and ours may differ; a callback from further ahead was not made now. */
export const MAX_CALLBACK_AHEAD_SECONDS = 300;

/** Ten parameters of AdMob, the longest of them our own of about 200 characters. */
export const MAX_CALLBACK_QUERY_CHARS = 4_096;

/** Networks name their transactions in hex, base64url or UUIDs. */
export const TRANSACTION_ID_PATTERN: RegExp = /^[\x21-\x7e]{1,200}$/;

/** As it stands in a path and in the operator’s settings. */
export const AD_NETWORK_PATTERN: RegExp = /^[a-z0-9][a-z0-9_-]{0,31}$/;
