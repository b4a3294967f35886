import type { Problem } from '#core/problem/codes.ts';
import { reasonOf } from './log.ts';

/** What a request may wait for, by what it is needed for. */
export type Dependency = 'catalogue' | 'keys' | 'viewer' | 'media' | 'beacons' | 'store';

/** A player gives up a start after a few seconds: an answer that says "later" must come before (security.md REL-6). */
const LIMIT_MS: Readonly<Record<Dependency, number>> = {
  catalogue: 3_000,
  keys: 3_000,
  viewer: 2_000,
  media: 5_000,
  beacons: 3_000,
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
  return withinLimit(dependency, () => tryRepeatedly(read));
}

/** null for a failure that is not of this kind. */
export function unavailableProblem(thrown: unknown): Problem | null {
  if (!(thrown instanceof UnavailableError)) return null;
  const detail = `The ${thrown.dependency} part does not answer right now. Try again shortly.`;
  return { code: 'temporarily-unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

/** Without `Promise.race`: what that leaves to the garbage collector costs more CPU than the call. */
function withinLimit<T>(dependency: Dependency, call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const limitMs = LIMIT_MS[dependency];
    const timer = setTimeout(() => fail(new Error(`no answer in ${limitMs} ms`)), limitMs);
    const fail = (thrown: unknown): void => {
      clearTimeout(timer);
      reject(new UnavailableError(dependency, reasonOf(thrown)));
    };
    const answer = (value: T): void => {
      clearTimeout(timer);
      resolve(value);
    };
    try {
      call().then(answer, fail);
    } catch (thrown) {
      fail(thrown);
    }
  });
}

async function tryRepeatedly<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (thrown) {
      if (tries === MAX_TRIES || isOverloaded(thrown)) throw thrown;
      const backoffMs = BACKOFF_MS * 2 ** (tries - 1);
      await new Promise((resolve) => setTimeout(resolve, backoffMs * (0.5 + Math.random() / 2)));
    }
  }
}

/** What has too much to do is not asked twice. A Durable Object says so with a flag, D1 in words. */
function isOverloaded(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const flagged = 'overloaded' in thrown && thrown.overloaded === true;
  return flagged || ('message' in thrown && /overloaded/i.test(String(thrown.message)));
}
