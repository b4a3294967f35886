import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../lib/user-error.ts';

const LIMIT_MS = 30_000;
const POLL_MS = 100;

/** Waits until `GET /health` answers 200. */
export async function waitForHealth(origin: string): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return;
      last = `${response.status} ${(await response.text()).slice(0, 300)}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(POLL_MS);
  }
  throw new UserError(`${origin}/health does not answer 200 after ${LIMIT_MS / 1000} s. The last answer: ${last}`);
}
