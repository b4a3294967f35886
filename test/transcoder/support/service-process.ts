/** The transcoder as a process of its own: what a test sees of it, without a race between its end and its last words. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INDEX = fileURLToPath(new URL('../../../transcoder/index.ts', import.meta.url));
/** Below the test's own limit, so that a failure tells what was waited for and shows the log. */
const WAIT_LIMIT_MS = 120_000;

export interface ServiceProcess {
  /** What it wrote to stderr so far; all of it once `ended` has resolved. */
  readonly log: () => string;
  /** When a line with these words was written, by the service's own clock. */
  readonly saidAtMs: (words: string) => number;
  /** Its exit code once it is gone and all that it wrote was read; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly until: (what: string, isTrue: () => boolean) => Promise<void>;
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
}

export function startService(env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, [INDEX], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  // Not `exit`, which may come before the last of what it wrote.
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    log: () => log,
    saidAtMs(words) {
      const line = log.split('\n').find((each) => each.includes(words)) ?? '{}';
      return Date.parse((JSON.parse(line) as { at?: string }).at ?? '');
    },
    ended,
    kill: (signal) => void child.kill(signal),
    async until(what, isTrue) {
      const endMs = performance.now() + WAIT_LIMIT_MS;
      while (!isTrue()) {
        if (performance.now() > endMs) throw new Error(`waited in vain for ${what}; log:\n${log}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Jobs of a work directory whose lowest rung ffmpeg has begun to write. */
export function jobsEncoding(workDir: string): number {
  if (!existsSync(workDir)) return 0;
  return readdirSync(workDir).filter((job) => existsSync(join(workDir, job, 'v0.mp4'))).length;
}
