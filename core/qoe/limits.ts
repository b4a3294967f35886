/** A stop shorter than this is not seen by anyone, so it is not a stall. */
export const STALL_FLOOR_MS = 50;

/** A step of the playhead longer than this between two ticks is a jump, not watching (a tick comes 4 times a second). */
export const LONGEST_TICK_SECONDS = 1.5;

/** A view of 120 s cannot have more worth telling; keeps a beacon under the 16 KB that `sendBeacon` shares. */
export const STALLS_PER_VIEW = 50;
