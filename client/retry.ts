/** When a call is worth another try, and when. */

/** The first try and three more: 429 asks for 10 s at most, a restart of a Worker takes less. */
export const MAX_TRIES = 4;

/** Whoever asks us to wait longer than this gets the answer as it is: the caller knows better what to do. */
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
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  if (Number.isNaN(seconds)) return backOff(attempt.number);
  return seconds > MAX_WAIT_SECONDS ? null : seconds * 1_000;
}

/** After a connection that broke: then nobody knows whether the call was done. */
export function waitAfterFailure(attempt: Attempt): number | null {
  return attempt.isRepeatable && attempt.number < MAX_TRIES ? backOff(attempt.number) : null;
}

function backOff(number: number): number {
  return FIRST_WAIT_MS * 2 ** (number - 1) * (0.5 + Math.random());
}
