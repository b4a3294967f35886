import { log, reasonOf } from '#shared/log.ts';

/** An instance of the container, by the slot that it has. */
interface Slot {
  /** False where it works already. */
  start(): Promise<boolean>;
}

/** Starts an instance for each job that waits, as far as slots are free; one that cannot be started is in no other's way. */
export async function startInstances(
  waiting: number,
  slotAt: (index: number) => Slot,
  maxInstances: number,
): Promise<number> {
  let started = 0;
  for (let index = 0; index < maxInstances && started < waiting; index++) {
    const isStarted = await slotAt(index)
      .start()
      .catch((thrown: unknown) => {
        log('error', 'transcoder_not_started', { slot: index, reason: reasonOf(thrown) });
        return false;
      });
    if (isStarted) started++;
  }
  return started;
}
