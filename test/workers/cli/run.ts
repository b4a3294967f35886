/** Runs the real `cliffhanger`, launcher and all. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { edgeOrigin, platformSecrets } from '../../support/edge.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LAUNCHER = fileURLToPath(new URL('../../../cli/cliffhanger.mjs', import.meta.url));

export function connection(): Record<string, string> {
  return { CLIFFHANGER_EDGE: edgeOrigin(), CLIFFHANGER_API_KEY: platformSecrets().apiKey };
}

export function cli(args: readonly string[], env: Record<string, string> = connection()): Promise<CliRun> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** The one JSON document that a command prints; a failure shows what it said instead. */
export async function cliJson<T>(args: readonly string[], code = 0, env?: Record<string, string>): Promise<T> {
  const run = await cli([...args, '--json'], env);
  if (run.code !== code) throw new Error(`${args.join(' ')} ended with ${run.code}: ${run.stdout}${run.stderr}`);
  return JSON.parse(code === 0 || run.stdout !== '' ? run.stdout : run.stderr) as T;
}
