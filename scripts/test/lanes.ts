/**
 * The whole suite in a few processes at once. Within a project its files take turns, as they share a platform; but a
 * platform is one thread at work or waiting, and a second core would stand idle for most of a run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { keepChild } from '../bootstrap/keeper.mjs';
import { inRoot } from '../lib/paths.ts';
import type { PROJECTS } from './arguments.ts';
import { addTotals, NO_TOTALS, type Totals } from './totals.ts';

type Project = (typeof PROJECTS)[number];

/** Each takes about as long as the others. A lane's projects run in the order of vitest.config.ts. */
export const LANES: readonly (readonly Project[])[] = [
  ['core', 'scripts', 'viewer-object', 'series-views', 'player', 'e2e'],
  ['workers'],
  ['transcoder'],
];

/** Set for a lane's process, which runs its projects itself. */
export const LANE_VARIABLE = 'CLIFFHANGER_TEST_LANE';

export async function runLanes(): Promise<Totals> {
  const totals = await Promise.all(LANES.map(runLane));
  return totals.reduce(addTotals, NO_TOTALS);
}

async function runLane(projects: readonly string[], index: number): Promise<Totals> {
  const child = spawn(process.execPath, [inRoot('scripts/test.ts'), ...projects], {
    env: { ...process.env, [LANE_VARIABLE]: String(index) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  keepChild(child);
  echoLines(child);
  let totals: Totals | null = null;
  child.on('message', (message) => {
    const { kind, ...told } = message as { kind?: string } & Totals;
    if (kind === 'totals') totals = told;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return judge(totals, code);
}

/** A lane that ends without its totals, or badly though no test failed, is a failure. */
export function judge(totals: Totals | null, code: number): Totals {
  if (totals === null) return { ...NO_TOTALS, failed: 1 };
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

/** Whole lines, so that the lanes do not break into each other's. */
function echoLines({ stdout, stderr }: ChildProcess): void {
  if (stdout !== null) createInterface(stdout).on('line', (line) => process.stdout.write(`${line}\n`));
  if (stderr !== null) createInterface(stderr).on('line', (line) => process.stderr.write(`${line}\n`));
}

/** To the process that runs the lanes. */
export function tellTotals(totals: Totals): void {
  process.send?.({ kind: 'totals', ...totals });
}
