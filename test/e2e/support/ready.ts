import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import type { Ready } from '../../../scripts/start/ready-file.ts';
import { askControl } from '../../support/control.ts';

/** The contract's five minutes for a first start on two cores. */
const READY_LIMIT_MS = 5 * 60_000;

/** The running platform, with the sample seeded. The first call starts it: give the hook that calls it the time. */
export async function readyPlatform(): Promise<Ready> {
  const deadline = Date.now() + READY_LIMIT_MS;
  while (Date.now() < deadline) {
    const ready = (await askControl(inject('startControl'), 'ready')) as Ready | null;
    if (ready !== null) return ready;
    await sleep(200);
  }
  throw new Error(`npm start is not ready after ${READY_LIMIT_MS / 60_000} minutes.`);
}
