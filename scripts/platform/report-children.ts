/**
 * Tells the process that started this one about each process this one starts, so that it can end them if this one is
 * killed without a chance to do so itself (scripts/bootstrap/keeper.mjs). Without such a parent it does nothing.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

let reporting = false;

export function reportChildren(): void {
  if (reporting || process.send === undefined) return;
  reporting = true;
  // Node's own channel: it also sees the processes that libraries start (Miniflare's workerd).
  subscribe('child_process', (message) => {
    const child = (message as { process: ChildProcess }).process;
    child.once('spawn', () => {
      const { pid } = child;
      if (pid === undefined) return;
      tell({ kind: 'child-started', pid });
      child.once('exit', () => tell({ kind: 'child-ended', pid }));
    });
  });
}

/** Calls back when the process that started this one is gone. */
export function onParentGone(callback: () => void): void {
  if (process.send !== undefined) process.once('disconnect', callback);
}

function tell(message: { kind: 'child-started' | 'child-ended'; pid: number }): void {
  if (process.connected) process.send?.(message);
}
