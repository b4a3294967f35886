/** When a call is worth another try, and when. */

/** The first try and three more: a rate limit is over in 10 s, a restart of a Worker in less. */
export const MAX_TRIES = 4;

/**
 * Whoever asks us to wait longer than this gets the answer as it is: the caller knows better what to do. That is the
 * minute after too many refused keys, too: the same key would be refused again.
 */
const MAX_WAIT_SECONDS = 30;

const FIRST_WAIT_MS = 300;

export interface Attempt {
  /** From 1 on. */
  readonly number: number;
  /** A second time does what the first did: a read, or a write that names its outcome or has a key. */
  readonly isRepeatable: boolean;
}

/** Milliseconds to wait before the next try; null: this answer stands. */
export function waitAfter(response: Response, attempt: Attempt): number | null {
  if (attempt.number >= MAX_TRIES) return null;
  // 429: nothing was done. 409 with Retry-After: the first request under this key is still at work.
  const isAsked = response.status === 429 || (response.status === 409 && response.headers.has('Retry-After'));
  if (!isAsked && !(response.status === 503 && attempt.isRepeatable)) return null;
  const askedMs = retryAfterMs(response.headers.get('Retry-After') ?? '', Date.now());
  if (askedMs === null) return backOff(attempt.number);
  return askedMs > MAX_WAIT_SECONDS * 1_000 ? null : askedMs;
}

/** Seconds, or a date: we send the one, what stands in front of the edge may send the other. @see RFC 9110 10.2.3 */
function retryAfterMs(text: string, nowMs: number): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

/** After a connection that broke: then nobody knows whether the call was done. */
export function waitAfterFailure(attempt: Attempt): number | null {
  return attempt.isRepeatable && attempt.number < MAX_TRIES ? backOff(attempt.number) : null;
}

function backOff(number: number): number {
  return FIRST_WAIT_MS * 2 ** (number - 1) * (0.5 + Math.random());
}
