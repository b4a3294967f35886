/**
 * Runs the real `npm start` once for the whole `e2e` project: the bootstrap, the Workers, the transcoder and the seeded
 * sample, on a free port and in an empty data folder. It is stopped as an operator stops it: SIGTERM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { inRoot, ROOT } from '../../../scripts/lib/paths.ts';
import { freePort } from '../../../scripts/platform/port.ts';
import type { Ready } from '../../../scripts/start/ready-file.ts';
import { startControl } from '../../support/control.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    startControl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-e2e-'));
  let run: Run | null = null;
  const control = await startControl({
    // Started by the first test that asks, not here: vitest runs every project's setup before any project's tests.
    async ready() {
      run ??= startProcess(dataDir, await freePort());
      return readReady(dataDir, run);
    },
  });
  project.provide('startControl', control.origin);
  return async () => {
    await control.stop();
    if (run !== null) await stopProcess(run.child);
    rmSync(dataDir, { recursive: true, force: true });
  };
}

interface Run {
  readonly child: ChildProcess;
  readonly output: string[];
}

function startProcess(dataDir: string, port: number): Run {
  // What `npm start` runs, without npm in between: its exit code and signals are the script's own.
  const child = spawn(process.execPath, [inRoot('scripts', 'bootstrap.mjs'), 'start'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), CLIFFHANGER_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return { child, output };
}

/** Null while it starts. */
function readReady(dataDir: string, { child, output }: Run): Ready | null {
  const file = path.join(dataDir, 'ready.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Ready;
  if (child.exitCode === null) return null;
  throw new Error(`npm start ended before it was ready. It printed:\n${output.join('')}`);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
}
