/** Runs one command of node_modules and keeps what it printed. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { inRoot, ROOT } from './paths.ts';

export interface RunResult {
  readonly code: number;
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the command's stdin, which is closed after it. Secrets go this way: an argument shows in `ps`. */
  readonly input?: string;
  /** Shows the output while it comes, beside keeping it. */
  readonly echo?: boolean;
}

/** The file that a package's bin name stands for, run by this very Node, so that no shebang picks another one. */
const BIN_FILES = {
  wrangler: 'node_modules/wrangler/bin/wrangler.js',
  vitest: 'node_modules/vitest/vitest.mjs',
  'drizzle-kit': 'node_modules/drizzle-kit/bin.cjs',
  knip: 'node_modules/knip/bin/knip.js',
  oxfmt: 'node_modules/oxfmt/bin/oxfmt',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  spectral: 'node_modules/@stoplight/spectral-cli/dist/index.js',
  redocly: 'node_modules/@redocly/cli/bin/cli.js',
  tsc: 'node_modules/typescript/bin/tsc',
} as const;

export type BinName = keyof typeof BIN_FILES;

export function runBin(name: BinName, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runCommand(process.execPath, [inRoot(BIN_FILES[name]), ...args], options);
}

export function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(command, args, { cwd: options.cwd ?? ROOT, env: { ...toolEnv(), ...options.env } });
  const chunks: string[] = [];
  const keep = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
    chunks.push(chunk.toString());
    if (options.echo === true) stream.write(chunk);
  };
  child.stdout.on('data', keep(process.stdout));
  child.stderr.on('data', keep(process.stderr));
  child.stdin.on('error', () => {
    // A command that ends without reading its stdin: its exit code says what matters.
  });
  child.stdin.end(options.input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: chunks.join('') }));
  });
}

/** wrangler asks nothing and reports nothing; the pinned Node comes first for what it starts in turn. */
export function toolEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [path.dirname(process.execPath), process.env['PATH'] ?? ''].join(path.delimiter),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  };
}
