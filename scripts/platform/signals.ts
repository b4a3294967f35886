/**
 * Miniflare ends the process by itself on SIGINT, SIGTERM and SIGHUP (exit code 128 + n). A caller that wants to stop
 * in order, the transcoder first, installs its own handlers before: then Miniflare's are taken off again. Its `exit`
 * hook, which kills workerd, stays in both cases.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Call before Miniflare is made; call the result right after. */
export function keepOwnSignalHandlers(): () => void {
  const before = SIGNALS.map((signal) => ({ signal, own: process.listeners(signal) }));
  return () => {
    for (const { signal, own } of before) {
      if (own.length === 0) continue;
      for (const listener of process.listeners(signal)) {
        if (!own.includes(listener)) process.off(signal, listener);
      }
    }
  };
}
