import { tmpdir } from 'node:os';
import { MAX_CHILD_FILE_BYTES } from '../limits.ts';
import { SANDBOX_CHECK_TIMEOUT_MS } from '../limits.ts';
import { runProcess } from '../run-process.ts';

/**
 * What a child may take: memory of its own (a hostile file asks for gigabytes), no core dump (it would hold the picture),
 * files of a bounded size; and the service itself goes first, so that heartbeats are sent while every core encodes.
 *
 * Empty where there is no util-linux, as on a developer's Mac.
 */
export async function childLimits(memoryBytes: number, signal: AbortSignal): Promise<readonly string[]> {
  const words = [
    ...['nice', '-n', '5'],
    ...['prlimit', `--data=${memoryBytes}`, '--core=0', `--fsize=${MAX_CHILD_FILE_BYTES}`],
  ];
  const [command = '', ...args] = words;
  const limits = { timeoutMs: SANDBOX_CHECK_TIMEOUT_MS, maxStdoutBytes: 4096, signal };
  const outcome = await runProcess({ command, args: [...args, 'true'], cwd: tmpdir(), ...limits });
  return outcome.ended === 'exit' && outcome.exitCode === 0 ? words : [];
}
