/**
 * Preloaded (`node --import`) into a process that must not outlive the one that started it: when the IPC channel to the
 * parent closes, the process is asked to stop, and stopped if it does not.
 */
import { onParentGone, reportChildren } from './report-children.ts';

const LIMIT_MS = 3_000;

reportChildren();
onParentGone(() => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LIMIT_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
// The channel alone must not keep a finished process alive.
process.channel?.unref();
