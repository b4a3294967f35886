import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from '#core/result.ts';
import { RETRY_BASE_MS, RETRY_MAX_MS } from './limits.ts';

/** Full jitter would sometimes not wait at all; half of the pause is always kept. */
export function backoffMs(failures: number, maxMs: number, random: () => number = Math.random): number {
  const pause = Math.min(maxMs, RETRY_BASE_MS * 2 ** failures);
  return pause / 2 + (pause / 2) * random();
}

/** Waits; returns at once, and without throwing, when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Tries until it works, a failure is final, the attempts are used up or the signal is aborted. */
export async function withRetries<T, E>(
  options: { readonly attempts: number; readonly signal: AbortSignal; readonly isFinal: (failure: E) => boolean },
  run: () => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  for (let attempt = 1; ; attempt++) {
    const result = await run();
    if (result.ok || attempt >= options.attempts || options.signal.aborted || options.isFinal(result.error))
      return result;
    await pause(backoffMs(attempt, RETRY_MAX_MS), options.signal);
  }
}
