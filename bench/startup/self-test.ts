/** Whether the link delivers what it promises. What is off by more makes every figure behind it worthless. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inRoot } from '../../scripts/lib/paths.ts';
import { print } from '../report.ts';
import { openRig } from './link/index.ts';
import type { Rig } from './link/link.ts';
import { NETWORKS } from './networks.ts';

const MAX_RTT_ERROR_MS = 3;
const MAX_RATE_ERROR = 0.1;
/** Payload of a full packet: 1448 of 1500 bytes. */
const PAYLOAD_SHARE = 1_448 / 1_500;

export async function selfTest(rig: Rig): Promise<boolean> {
  const [link] = rig.links;
  if (link === undefined) return false;
  const probe = [process.execPath, inRoot('bench', 'startup', 'link', 'probe.ts')];
  const server = start(rig.atServer([...probe, 'serve']));
  try {
    const port = await firstLine(server);
    await rig.serve(Number(port));
    const [host = '', proxied = port] = link.serverAddress.split(':');
    const rows: string[][] = [];
    let holds = true;
    for (const { name, ...shape } of NETWORKS) {
      link.shape(shape);
      const [program = '', ...args] = link.atClient([...probe, 'ask', host, proxied]);
      const { stdout } = await promisify(execFile)(program, args);
      const seen = JSON.parse(stdout) as { rttMs: number; megabitsPerSecond: number };
      const wanted = rig.kind === 'proxy' ? shape.megabitsPerSecond : shape.megabitsPerSecond * PAYLOAD_SHARE;
      const good =
        Math.abs(seen.rttMs - shape.rttMs) <= MAX_RTT_ERROR_MS &&
        Math.abs(seen.megabitsPerSecond / wanted - 1) <= MAX_RATE_ERROR;
      holds &&= good;
      const rate = `${seen.megabitsPerSecond.toFixed(2)} of ${wanted.toFixed(2)}`;
      rows.push([name, seen.rttMs.toFixed(1), rate, good ? 'holds' : 'OFF']);
    }
    print(['link: self-test', 'RTT ms (±3)', 'Mbit/s of payload (±10 %)', ''], rows);
    const lost = rig.lostPackets();
    if (lost > 0) console.log(lostText(lost));
    return holds && lost === 0;
  } finally {
    server.kill();
  }
}

export function lostText(packets: number): string {
  return `link: ${packets} packets were lost that no line has dropped: what was measured is in part the link itself.`;
}

function start([program = '', ...args]: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The probe has ended.')));
    if (child.stdout !== null) createInterface(child.stdout).once('line', resolve);
  });
}

export async function runSelfTest(): Promise<boolean> {
  const rig = await openRig(1);
  console.log(rig.note);
  try {
    return await selfTest(rig);
  } finally {
    await rig.stop();
  }
}
