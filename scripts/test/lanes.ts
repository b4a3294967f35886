/**
 * The whole suite in a few processes at once. Within a project its files take turns, as they share a platform; but a
 * platform is one thread at work or waiting, and a second core would stand idle for most of a run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { keepChild } from '../bootstrap/keeper.mjs';
import { inRoot } from '../lib/paths.ts';
import type { PROJECTS } from './arguments.ts';
import { addTotals, NO_TOTALS, type Totals } from './totals.ts';

type Project = (typeof PROJECTS)[number];

export interface Lane {
  readonly projects: readonly Project[];
  /** The n-th of m parts of its files, as vitest's own flag writes it. */
  readonly shard?: `${number}/${number}`;
}

/**
 * One lane a core: with three on two cores each test took four times as long, and all of them longer. The longest first,
 * so that a core has none left to itself at the end. A lane's projects run in the order of vitest.config.ts.
 */
export const LANES: readonly Lane[] = [
  { projects: ['workers'], shard: '1/2' },
  { projects: ['workers'], shard: '2/2' },
  { projects: ['transcoder'] },
  { projects: ['core', 'scripts', 'viewer-object', 'series-views'] },
];

/**
 * Then, by themselves, what plays in a browser: it decodes in software, so with a lane beside it a player stalls (which is
 * an error, and has to be one), and a bundle comes later than anybody would wait for.
 */
export const LANES_ALONE: readonly Lane[] = [{ projects: ['player'] }, { projects: ['e2e'] }];

/** Set for a lane's process, which runs its projects itself. */
export const LANE_VARIABLE = 'CLIFFHANGER_TEST_LANE';

export interface LaneEnd {
  readonly totals: Totals;
  /** The tests that failed, each with what it saw. */
  readonly failed: readonly string[];
}

/** Tells how long each lane took, as the longest is to come first. */
export async function runLanes(): Promise<LaneEnd> {
  const ends = [...(await runAtOnce(LANES, availableParallelism())), ...(await runAtOnce(LANES_ALONE, 1))];
  return {
    totals: ends.map(({ totals }) => totals).reduce(addTotals, NO_TOTALS),
    failed: ends.flatMap(({ failed }) => failed),
  };
}

async function runAtOnce(lanes: readonly Lane[], most: number): Promise<LaneEnd[]> {
  const waiting = [...lanes];
  const ends: LaneEnd[] = [];
  const runOneByOne = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) ends.push(await runLane(lane));
  };
  await Promise.all(Array.from({ length: most }, runOneByOne));
  return ends;
}

async function runLane({ projects, shard }: Lane): Promise<LaneEnd> {
  const startedMs = performance.now();
  const name = [...projects, ...(shard === undefined ? [] : [shard])].join(', ');
  const flags = shard === undefined ? [] : ['--shard', shard];
  const child = spawn(process.execPath, [inRoot('scripts/test.ts'), ...projects, ...flags], {
    env: { ...process.env, [LANE_VARIABLE]: name },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  keepChild(child);
  echoLines(child);
  let end: LaneEnd | null = null;
  child.on('message', (message) => {
    const { kind, ...told } = message as { kind?: string } & LaneEnd;
    if (kind === 'end') end = told;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  console.log(`lane ${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  return judge(end, code, name);
}

/** A lane that ends without its totals, or badly though no test failed, is a failure. */
export function judge(end: LaneEnd | null, code: number, lane: string): LaneEnd {
  if (end === null) return { totals: { ...NO_TOTALS, failed: 1 }, failed: [`lane ${lane}: broke off`] };
  if (code === 0 || end.totals.failed > 0) return end;
  return { totals: { ...end.totals, failed: 1 }, failed: [`lane ${lane}: exit code ${code}`] };
}

/** Whole lines, so that the lanes do not break into each other's. */
function echoLines({ stdout, stderr }: ChildProcess): void {
  if (stdout !== null) createInterface(stdout).on('line', (line) => process.stdout.write(`${line}\n`));
  if (stderr !== null) createInterface(stderr).on('line', (line) => process.stderr.write(`${line}\n`));
}

/** To the process that runs the lanes. */
export function tellEnd(end: LaneEnd): void {
  process.send?.({ kind: 'end', ...end });
}
