/**
 * What Cloudflare charges beyond what a Workers Paid plan includes, in dollars for a million.
 *
 * @see developers.cloudflare.com: workers/platform/pricing, r2/pricing, queues/platform/pricing, durable-objects/platform/pricing
 */
export const PRICES_AS_OF = '2026-11';

export const DOLLARS_PER_MILLION = {
  workerRequests: 0.3,
  /** Reading an object; bytes that leave R2 cost nothing. */
  r2Reads: 0.36,
  /** A message is three: it is written, read and deleted. */
  queueOperations: 0.4,
  durableObjectRequests: 0.15,
  durableObjectRowsWritten: 1,
} as const;

/** The share of a feed, of up to 30 episodes, and of a playlist or start-up bundle. */
export const REQUESTS_PER_START: number = 1 + 1 / 30;
/** Every 10 s while it plays, at its end and when it is left; of an episode of a minute and a half that is seen for half of it. */
export const BEACONS_PER_START = 6;
/** Up to 100 beacons come to an object at once; a view writes its row with each. */
export const BEACONS_PER_BATCH = 20;

/** Where an episode without a preview is cut: core/ladder/boundaries.ts. Those of the opening, and the length of the others. */
export const OPENING_BOUNDARIES_SECONDS: readonly number[] = [0, 1, 2, 4, 6, 8, 10];
export const LATER_SEGMENT_SECONDS = 4;
