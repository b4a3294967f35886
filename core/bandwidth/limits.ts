/** After so much transfer the fast estimate has forgotten half: a tunnel is noticed within two segments. */
export const FAST_HALF_LIFE_MS = 3_000;
/** One lucky second must not pick the rung of the next ten. */
export const SLOW_HALF_LIFE_MS = 9_000;

/** Less than this says more about the round trip than about the line. */
export const LEAST_SAMPLE_BYTES = 16_384;
/** A clock of a millisecond makes a gigabit of what came within one. */
export const LEAST_SAMPLE_MS = 4;

/** A network is somewhere else tomorrow: after so long half of what was remembered is believed. */
export const MEMORY_HALF_LIFE_MS: number = 6 * 3_600_000;

/** Where nothing is known. The lowest rungs of a vertical ladder start at once with it. */
export const UNKNOWN_BANDWIDTH_BPS = 2_000_000;
/** Browsers cap `downlink` at 10 Mbit/s and round it; a hint is believed by this much. */
export const HINT_SHARE = 0.7;

/** A rung may take this share of the estimate: the rest is for the swing and for what is fetched ahead. */
export const RUNG_SHARE = 0.7;
