/** What `npm start` starts does not outlive it, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { keepChild } from '../../scripts/bootstrap/keeper.mjs';

const fixture = path.join(import.meta.dirname, 'fixtures', 'parent.ts');
let grandchild = 0;
afterEach(() => {
  if (isAlive(grandchild)) process.kill(grandchild, 'SIGKILL');
});

test('a process whose parent is killed with -9 is killed by the keeper above', async () => {
  const parent = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  keepChild(parent);
  grandchild = await firstNumber(parent);
  expect(isAlive(grandchild)).toBe(true);
  parent.kill('SIGKILL');
  await gone(grandchild);
});

test('a process started with end-with-parent stops when the process above it is gone', async () => {
  const preload = path.join(import.meta.dirname, '../../scripts/platform/end-with-parent.ts');
  const inner = `setInterval(() => {}, 1000)`;
  const outer = `const c = require('node:child_process').spawn(process.execPath, ['--import', ${JSON.stringify(preload)}, '-e', ${JSON.stringify(inner)}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }); console.log(c.pid); setInterval(() => {}, 1000)`;
  const parent = spawn(process.execPath, ['-e', outer], { stdio: ['ignore', 'pipe', 'inherit'] });
  grandchild = await firstNumber(parent);
  // Time for the preload to run: before it, nothing watches.
  await sleep(1_000);
  expect(isAlive(grandchild)).toBe(true);
  parent.kill('SIGKILL');
  await gone(grandchild);
});

function firstNumber(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))));
}

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (isAlive(pid)) {
    expect(Date.now()).toBeLessThan(deadline);
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== 0;
  } catch {
    return false;
  }
}
