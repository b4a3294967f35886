/** What sendBeacon carries at most; a beacon is one queue message (128 KB there). @see security.md ANA-4 */
export const MAX_BEACON_BYTES = 64 * 1024;
export const MAX_EVENTS_PER_BEACON = 100;

/** An episode has two minutes; a hundred separate stretches watched of one is not a person. */
export const MAX_INTERVALS_PER_VIEW = 120;
export const MAX_STALLS_PER_VIEW = 200;
export const MAX_POSITION_SECONDS = 4 * 3_600;

/** Views read for one retention curve; beyond it the answer says that it is a sample. */
export const MAX_VIEWS_PER_CURVE = 50_000;
