/** The cron triggers of the Workers: Miniflare knows them and leaves it to the caller to fire them. */
import type { Miniflare } from 'miniflare';

/** Every trigger of this project is `* * * * *`. */
const MINUTE_MS = 60_000;

export interface Cron {
  runNow(): Promise<void>;
  stop(): void;
}

export function startCron(miniflare: Miniflare, workers: readonly { name: string; cronTriggers?: unknown }[]): Cron {
  const scheduled = workers.flatMap(({ name, cronTriggers }) =>
    Array.isArray(cronTriggers) ? cronTriggers.map((cron) => ({ name, cron: String(cron) })) : [],
  );
  const unknown = scheduled.find(({ cron }) => cron !== '* * * * *');
  if (unknown !== undefined) {
    throw new Error(`${unknown.name} wants the cron "${unknown.cron}"; locally only "* * * * *" is run.`);
  }

  async function runNow(): Promise<void> {
    for (const { name, cron } of scheduled) {
      const worker = await miniflare.getWorker(name);
      await worker.scheduled({ cron, scheduledTime: new Date() });
    }
  }

  const timer = setInterval(() => {
    // A handler that throws has logged why; the next minute tries again.
    runNow().catch(() => undefined);
  }, MINUTE_MS).unref();
  return { runNow, stop: () => clearInterval(timer) };
}
