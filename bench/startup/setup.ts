/** All that a measurement needs, and how to be rid of it: clip, pages, link, origin. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/paths.ts';
import { type Clip, openClip } from './clip.ts';
import { openRig } from './link/index.ts';
import type { Rig } from './link/link.ts';
import type { OriginAnswer, OriginOrder } from './origin/process.ts';
import { buildPages } from './pages.ts';
import { lostText, selfTest } from './self-test.ts';

export interface Setup {
  readonly clip: Clip;
  readonly rig: Rig;
  readonly origin: OriginAnswer;
  /** For what has to lie in files. */
  readonly folder: string;
  readonly linkHolds: boolean;
  stop(): Promise<void>;
}

export interface SetupOrder {
  readonly clients: number;
  readonly series: OriginOrder['series'];
  readonly tokens: number;
}

const GOODBYE_LIMIT_MS = 8_000;

export async function setUp({ clients, series, tokens }: SetupOrder, say: (line: string) => void): Promise<Setup> {
  say('encoding the clip (kept for the next run) …');
  const clip = await openClip(series.find(({ access }) => access !== undefined)?.access?.previewSeconds);
  if (clip === null) throw new Error('ffmpeg is not installed: there is nothing to play.');
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-bench-startup-'));
  const pages = path.join(folder, 'pages');
  await buildPages(pages);
  const rig = await openRig(clients);
  say(`link: ${rig.note}`);
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    try {
      if (child !== null) await goodbye(child);
      const lost = rig.lostPackets();
      if (lost > 0) say(lostText(lost));
    } finally {
      await rig.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    const linkHolds = await selfTest(rig);
    say(`publishing ${series.reduce((sum, { episodes }) => sum + episodes, 0)} episodes …`);
    child = startOrigin(rig);
    const order = { clip, folder: path.join(folder, 'origin'), pages, series, tokens };
    const origin = await answerOf(child, order);
    await rig.serve(origin.port);
    return { clip, rig, origin, folder, linkHolds, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startOrigin(rig: Rig): ChildProcess {
  const [program = '', ...args] = rig.atServer([process.execPath, inRoot('bench', 'startup', 'origin', 'process.ts')]);
  return spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function answerOf(child: ChildProcess, order: OriginOrder): Promise<OriginAnswer> {
  return new Promise((resolve, reject) => {
    // It also tells which children it has (scripts/platform/report-children.ts).
    child.on('message', (message: object) => {
      if ('port' in message) resolve(message as OriginAnswer);
    });
    child.once('exit', () => reject(new Error('The origin has ended.')));
    child.send(order);
  });
}

async function goodbye(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, GOODBYE_LIMIT_MS).unref())]);
  child.kill('SIGKILL');
}
