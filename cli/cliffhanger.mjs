#!/usr/bin/env node
/**
 * What `npx cliffhanger` runs: plain JavaScript for whatever Node is on the machine (20 or newer). It hands over to the
 * pinned Node 22 in node_modules, which runs TypeScript as it is, and installs that first where it is missing.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const NODE = path.join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

if (!existsSync(NODE)) {
  const { installIfNeeded } = await import('../scripts/bootstrap/install.mjs');
  // stdout is the command's own: `--json` is read by programs.
  console.log = console.error;
  await installIfNeeded(ROOT, NODE);
}

const args = ['--disable-warning=ExperimentalWarning', path.join(ROOT, 'cli', 'index.ts'), ...process.argv.slice(2)];
const child = spawn(NODE, args, { stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
});
