import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_CHECK_TIMEOUT_MS } from '../limits.ts';
import { type ProcessOutcome, runProcess } from '../run-process.ts';
import { landlockWords } from './landlock-words.ts';
import { seccompFilter } from './seccomp-filter.ts';

export interface Sandbox {
  /**
   * `seccomp` denies sockets, and `landlock` files of others as well; `namespace` has a network without interfaces; `none`
   * leaves the network at hand.
   */
  readonly kind: 'landlock' | 'seccomp' | 'namespace' | 'none';
  readonly words: readonly string[];
  /** A child cannot read the environment and the memory of this process, where the secret is. */
  readonly hidesSecret: boolean;
}

type Candidate = Omit<Sandbox, 'hidesSecret'>;

/** What is to be confined. */
export interface Programs {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
}

interface Trial extends Programs {
  /** The children's working directory here. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * The first way to keep ffmpeg from the network and from our secret that works on this machine; else the first that keeps
 * it from the network. seccomp and Landlock need no right at all, so they work in a container too, but a `setpriv` of
 * util-linux 2.41; a namespace needs a kernel that gives one to anybody.
 *
 * None is believed before it was seen to hold: ffprobe is told to connect to a port of ours, and may not arrive; a child is
 * told to read our environment, and may not find it.
 */
export async function findSandbox({ ffmpegPath, ffprobePath }: Programs, signal: AbortSignal): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'cliffhanger-sandbox-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const filterFile = join(directory, 'no-network.bpf');
  await writeFile(filterFile, seccompFilter(), { mode: 0o600 });
  const seccomp = ['setpriv', '--no-new-privs', `--seccomp-filter=${filterFile}`];
  const candidates: readonly Candidate[] = [
    { kind: 'landlock', words: [...seccomp, ...landlockWords([ffmpegPath, ffprobePath])] },
    { kind: 'seccomp', words: seccomp },
    { kind: 'namespace', words: ['unshare', '--user', '--map-current-user', '--net'] },
  ];
  const trial = { ffmpegPath, ffprobePath, directory, signal };
  const found: Sandbox[] = [];
  for (const candidate of candidates) {
    if (!(await runs(candidate, trial)) || (await reachesUs(candidate, trial))) continue;
    const sandbox = { ...candidate, hidesSecret: await hidesUs(candidate, trial) };
    if (sandbox.hidesSecret) return sandbox;
    found.push(sandbox);
  }
  return found[0] ?? notConfined();
}

/** As a child is where nothing is tried: whatever this process shows its children, it does. */
export function notConfined(): Sandbox {
  return { kind: 'none', words: [], hidesSecret: false };
}

function run({ words }: Candidate, trial: Trial, command: readonly string[]): Promise<ProcessOutcome> {
  const [first = '', ...args] = [...words, ...command];
  const limits = { timeoutMs: SANDBOX_CHECK_TIMEOUT_MS, maxStdoutBytes: 65_536, signal: trial.signal };
  return runProcess({ command: first, args, cwd: trial.directory, ...limits });
}

/** Both start under it: the tool is there, the kernel lets it, and they find their libraries. */
async function runs(candidate: Candidate, trial: Trial): Promise<boolean> {
  for (const program of [trial.ffprobePath, trial.ffmpegPath]) {
    const outcome = await run(candidate, trial, [program, '-version']);
    if (outcome.ended !== 'exit' || outcome.exitCode !== 0) return false;
  }
  return true;
}

async function reachesUs(candidate: Candidate, trial: Trial): Promise<boolean> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await run(candidate, trial, [trial.ffprobePath, '-v', 'error', `tcp://127.0.0.1:${port}`]);
  await new Promise((resolve) => server.close(resolve));
  return connections > 0;
}

/** `dd` opens the file and reads one byte of it. The kernel asks the same of who wants the memory, and of a debugger. */
async function hidesUs(candidate: Candidate, trial: Trial): Promise<boolean> {
  const read = ['dd', `if=/proc/${process.pid}/environ`, 'bs=1', 'count=1', 'status=none'];
  const outcome = await run(candidate, trial, read);
  return outcome.ended === 'exit' && outcome.exitCode !== 0 && outcome.stdout === '';
}
