import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_CHECK_TIMEOUT_MS } from '../limits.ts';
import { runProcess } from '../run-process.ts';
import { seccompFilter } from './seccomp-filter.ts';

export interface Sandbox {
  /** `seccomp` denies sockets; `namespace` has a network without interfaces; `none` leaves the network at hand. */
  readonly kind: 'seccomp' | 'namespace' | 'none';
  readonly words: readonly string[];
}

/**
 * The first way to keep ffmpeg from the network that works on this machine. seccomp needs no right at all, so it works in
 * a container too, but a `setpriv` of util-linux 2.41; a namespace needs a kernel that gives one to anybody.
 *
 * None is believed before it was seen to hold: ffprobe is told to connect to a port of ours, and may not arrive.
 */
export async function findSandbox(ffprobePath: string, signal: AbortSignal): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'cliffhanger-sandbox-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const filterFile = join(directory, 'no-network.bpf');
  await writeFile(filterFile, seccompFilter(), { mode: 0o600 });
  const candidates: readonly Sandbox[] = [
    { kind: 'seccomp', words: ['setpriv', '--no-new-privs', `--seccomp-filter=${filterFile}`] },
    { kind: 'namespace', words: ['unshare', '--user', '--map-current-user', '--net'] },
  ];
  for (const candidate of candidates) {
    if ((await runs(candidate, signal)) && !(await reachesUs(candidate, ffprobePath, signal))) return candidate;
  }
  return { kind: 'none', words: [] };
}

const LIMITS = { timeoutMs: SANDBOX_CHECK_TIMEOUT_MS, maxStdoutBytes: 4096 };

/** `true` runs under it: the tool is there, and the kernel lets it. */
async function runs({ words }: Sandbox, signal: AbortSignal): Promise<boolean> {
  const [command = '', ...args] = words;
  const outcome = await runProcess({ command, args: [...args, 'true'], cwd: tmpdir(), ...LIMITS, signal });
  return outcome.ended === 'exit' && outcome.exitCode === 0;
}

async function reachesUs({ words }: Sandbox, ffprobePath: string, signal: AbortSignal): Promise<boolean> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const [command = ffprobePath, ...rest] = words;
  const args = [...rest, ...(words.length === 0 ? [] : [ffprobePath]), '-v', 'error', `tcp://127.0.0.1:${port}`];
  await runProcess({ command, args, cwd: tmpdir(), ...LIMITS, signal });
  await new Promise((resolve) => server.close(resolve));
  return connections > 0;
}
