/** Sends as many requests as a server takes for a while: by wrk where it is installed, else by a small client of our own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { cpuMicroseconds } from './process-cpu.ts';

export interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
}

const CONNECTIONS = 16;
const SECONDS = 2;
/** Enough for the compiler of the engine to have seen the path. */
const WARM_UP_REQUESTS = 300;

const WRK = onPath('wrk');

export const LOAD_GENERATOR: string = WRK === null ? 'an own Node client (wrk is not installed)' : 'wrk';

export async function measureLoad(pid: number, target: Target, expectedStatus: number): Promise<Measured> {
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => sendMany(target, WARM_UP_REQUESTS / CONNECTIONS, expectedStatus)),
  );
  const cpuBefore = cpuMicroseconds(pid);
  const startedAtMs = performance.now();
  const requests = WRK === null ? await sendFor(target, expectedStatus) : await runWrk(WRK, target);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const cpu = cpuMicroseconds(pid) - cpuBefore;
  return { requestsPerSecond: requests / seconds, cpuMicrosecondsPerRequest: cpu / requests };
}

/** Each target once, one after the other: for what is different the second time. */
export async function measureEach(pid: number, targets: readonly Target[], expectedStatus: number): Promise<Measured> {
  const cpuBefore = cpuMicroseconds(pid);
  const startedAtMs = performance.now();
  for (const target of targets) await send(target, expectedStatus);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const cpu = cpuMicroseconds(pid) - cpuBefore;
  return { requestsPerSecond: targets.length / seconds, cpuMicrosecondsPerRequest: cpu / targets.length };
}

/** Each target once, over all connections. */
export async function measureAll(pid: number, targets: readonly Target[], expectedStatus: number): Promise<Measured> {
  const cpuBefore = cpuMicroseconds(pid);
  const startedAtMs = performance.now();
  const left = targets.values();
  const sendLeft = async (): Promise<void> => {
    for (const target of left) await send(target, expectedStatus);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendLeft));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const cpu = cpuMicroseconds(pid) - cpuBefore;
  return { requestsPerSecond: targets.length / seconds, cpuMicrosecondsPerRequest: cpu / targets.length };
}

export function onPath(program: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file)) ?? null;
}

async function runWrk(wrk: string, { url, headers = {}, method = 'GET', body = '' }: Target): Promise<number> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  const { stdout } = await withScript(method, body, (script) =>
    promisify(execFile)(wrk, [...args, ...(script === null ? [] : ['-s', script]), url]),
  );
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  if (requests === 0) throw new Error(`wrk sent nothing to ${url}:\n${stdout}`);
  return requests;
}

/** wrk sends a body only from a script. */
async function withScript<T>(method: string, body: string, run: (script: string | null) => Promise<T>): Promise<T> {
  if (method === 'GET') return run(null);
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-wrk-'));
  const script = path.join(folder, 'post.lua');
  writeFileSync(script, `wrk.method = "${method}"\nwrk.body = [==[${body}]==]\n`);
  try {
    return await run(script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

async function sendFor(target: Target, expectedStatus: number): Promise<number> {
  const until = performance.now() + SECONDS * 1_000;
  let sent = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      await send(target, expectedStatus);
      sent++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return sent;
}

async function sendMany(target: Target, times: number, expectedStatus: number): Promise<void> {
  for (let done = 0; done < times; done++) await send(target, expectedStatus);
}

function send({ url, headers = {}, method = 'GET', body }: Target, expectedStatus: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      if (response.statusCode !== expectedStatus)
        reject(new Error(`${new URL(url).pathname} answered ${response.statusCode}, not ${expectedStatus}`));
      response.resume().on('end', resolve);
    });
    sent.on('error', reject).end(body);
  });
}
