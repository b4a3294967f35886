import type { Problem } from '#core/problem/codes.ts';
import { reasonOf } from './log.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a request may wait for, by what it is needed for. */
export type Dependency = 'catalogue' | 'keys' | 'viewer' | 'media' | 'beacons' | 'analytics' | 'store';

/** A player gives up a start after a few seconds: an answer that says "later" must come before (security.md REL-6). */
const LIMIT_MS: Readonly<Record<Dependency, number>> = {
  catalogue: 3_000,
  keys: 3_000,
  viewer: 2_000,
  media: 5_000,
  beacons: 3_000,
  analytics: 10_000,
  store: 10_000,
};

/** Of one read, the first try included. */
const MAX_TRIES = 3;
/** Grows with each try; the half is random, so that what failed together does not come back together. */
const BACKOFF_MS = 40;

/** Long enough to spare what is down, short enough for a viewer who waits. */
const RETRY_AFTER_SECONDS = 2;

/** A part of the platform did not answer, or not in time. The caller of the edge is told to come again. */
export class UnavailableError extends Error {
  readonly dependency: Dependency;

  constructor(dependency: Dependency, reason: string) {
    super(`${dependency}: ${reason}`);
    this.name = 'UnavailableError';
    this.dependency = dependency;
  }
}

/** One call within its time limit. Not tried again: what the call did before it failed is not known. */
export function callBinding<T>(dependency: Dependency, call: () => Promise<T>): Promise<T> {
  return withinLimit(dependency, call);
}

/** A read: tried again when it fails, all tries within the one time limit. */
export function readBinding<T>(dependency: Dependency, read: () => Promise<T>): Promise<T> {
  return withinLimit(dependency, (isOver) => tryRepeatedly(read, isOver));
}

/** null for a failure that is not of this kind. */
export function unavailableProblem(thrown: unknown): Problem | null {
  if (!(thrown instanceof UnavailableError)) return null;
  const detail = `The ${thrown.dependency} part does not answer right now. Try again shortly.`;
  return { code: 'temporarily-unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

function withinLimit<T>(dependency: Dependency, call: (isOver: () => boolean) => Promise<T>): Promise<T> {
  return withTimeLimit(LIMIT_MS[dependency], call).catch((thrown: unknown) => {
    throw new UnavailableError(dependency, reasonOf(thrown));
  });
}

/** Nobody waits any more once the limit is over, and what is slow is not asked again. */
async function tryRepeatedly<T>(read: () => Promise<T>, isOver: () => boolean): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (thrown) {
      if (tries === MAX_TRIES || isOverloaded(thrown)) throw thrown;
      const backoffMs = BACKOFF_MS * 2 ** (tries - 1);
      await new Promise((resolve) => setTimeout(resolve, backoffMs * (0.5 + Math.random() / 2)));
      if (isOver()) throw thrown;
    }
  }
}

/** What has too much to do is not asked twice. A Durable Object says so with a flag, D1 in words. */
function isOverloaded(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const flagged = 'overloaded' in thrown && thrown.overloaded === true;
  return flagged || ('message' in thrown && /overloaded/i.test(String(thrown.message)));
}
