/** Ends what was started, the newest first, on a signal, when the parent dies, or on a failed start. */
import { onParentGone } from '../platform/report-children.ts';

/** The contract gives 5 s from SIGTERM to the end of everything. What is left then dies with this process. */
const STOP_LIMIT_MS = 4_500;

export interface Shutdown {
  /** Adds something to undo. If the stop has begun already, it is undone at once. */
  add(undo: () => Promise<void> | void): Promise<void>;
  /** True once a stop has begun. */
  readonly stopping: boolean;
  run(exitCode: number): Promise<never>;
}

export function installShutdown(onStop: (reason: string) => void): Shutdown {
  const undos: (() => Promise<void> | void)[] = [];
  let stopping = false;

  async function run(exitCode: number): Promise<never> {
    // A second signal, or a failure that the stop itself caused, waits for the first run.
    if (stopping) return new Promise<never>(() => undefined);
    stopping = true;
    setTimeout(() => process.exit(exitCode), STOP_LIMIT_MS).unref();
    for (const undo of undos.reverse()) {
      try {
        await undo();
      } catch (error) {
        console.error(error);
      }
    }
    process.exit(exitCode);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping) onStop(signal);
      void run(0);
    });
  }
  onParentGone(() => void run(0));

  return {
    async add(undo) {
      if (stopping) await undo();
      else undos.push(undo);
    },
    get stopping() {
      return stopping;
    },
    run,
  };
}
