/** An instance of the container, by the slot that it has. */
interface Slot {
  /** False where it works already. */
  start(): Promise<boolean>;
}

/** Starts an instance for each job that waits, as far as slots are free. Answers how many it started. */
export async function startInstances(
  waiting: number,
  slotAt: (index: number) => Slot,
  maxInstances: number,
): Promise<number> {
  let started = 0;
  for (let index = 0; index < maxInstances && started < waiting; index++) {
    if (await slotAt(index).start()) started++;
  }
  return started;
}
