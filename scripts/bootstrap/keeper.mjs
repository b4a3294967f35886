/**
 * Runs a child so that nothing it starts outlives it.
 *
 * The child reports the processes it starts over IPC (scripts/platform/report-children.ts). When the child ends in any
 * way, kill -9 included, what it reported and did not see end is killed here. The other way round, the child sees the
 * IPC channel close when this process dies, and stops by itself.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How often a process run by npm looks whether its npm is still there: npm killed with -9 sends no signal. */
const PARENT_CHECK_MS = 250;

/**
 * Resolves to the exit code to end with: the child's, or 128 + n when a signal ended it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export function runKept(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  keepChild(child);

  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const watch = watchParent(() => child.kill('SIGTERM'));

  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Kills what a child (spawned with an IPC channel) reported as started once the child has ended.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
export function keepChild(child) {
  /** @type {Set<number>} */
  const grandchildren = new Set();
  child.on('message', (message) => {
    const { kind, pid } = /** @type {{ kind?: string, pid?: number }} */ (message);
    if (pid === undefined) return;
    // Passed on, so that a keeper above this process knows too.
    if (process.connected) process.send?.(message);
    if (kind === 'child-started') grandchildren.add(pid);
    if (kind === 'child-ended') grandchildren.delete(pid);
  });
  child.on('exit', () => {
    for (const pid of grandchildren) killQuietly(pid);
  });
}

/** @param {() => void} onGone */
function watchParent(onGone) {
  // Started by hand in the background, a process may outlive its shell; started by npm, it may not outlive npm.
  if (process.env['npm_lifecycle_event'] === undefined) return undefined;
  const started = ancestors();
  return setInterval(() => {
    if (ancestors() !== started) onGone();
  }, PARENT_CHECK_MS).unref();
}

/** This process's parents up to npm: npm itself, or the shell that npm runs a script with, and npm above it. */
function ancestors() {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const grandparent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    // What is above npm may end: `nohup npm start &` outlives its terminal.
    return /^(?:npm|node)/.test(name) ? String(parent) : `${parent} ${grandparent}`;
  } catch {
    // No /proc (macOS): the shell's end is seen, npm's behind it is not.
    return String(parent);
  }
}

/** @param {number} pid */
function killQuietly(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended already.
  }
}
