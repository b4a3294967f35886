import { spawn } from 'node:child_process';
import { KILL_GRACE_MS, MAX_STDERR_BYTES } from './limits.ts';
import { confined } from './sandbox/confine.ts';

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly maxStdoutBytes: number;
  readonly signal: AbortSignal;
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
}

export interface ProcessOutcome {
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'output-too-large' | 'not-started';
  readonly exitCode: number | null;
  /** What ended it from outside, or by its own fault (SIGSEGV). */
  readonly endSignal: NodeJS.Signals | null;
  readonly stdout: string;
  /** The last MAX_STDERR_BYTES: the cause of an ffmpeg failure stands at the end. */
  readonly stderrTail: string;
}

/**
 * Runs one program without a shell, in its own process group, with an empty environment beside PATH, confined as
 * `sandbox/` found that children can be here.
 *
 * Whatever ends it early, the whole group gets SIGTERM and then SIGKILL, and the promise resolves only when it is gone.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const { promise, resolve } = Promise.withResolvers<ProcessOutcome>();
  const { command, args } = confined(request.command, request.args);
  const child = spawn(command, args, {
    cwd: request.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', AV_LOG_FORCE_NOCOLOR: '1' },
  });
  let ended: ProcessOutcome['ended'] = 'exit';
  let stdout = '';
  let stderrTail = '';
  let forceTimer: NodeJS.Timeout | null = null;
  const stop = (why: ProcessOutcome['ended']): void => {
    if (ended !== 'exit') return;
    ended = why;
    killGroup(child.pid, 'SIGTERM');
    forceTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_GRACE_MS);
  };
  const onAbort = (): void => stop('aborted');
  const wallTimer = setTimeout(() => stop('timeout'), request.timeoutMs);
  request.signal.addEventListener('abort', onAbort, { once: true });
  if (request.signal.aborted) onAbort();

  const stdoutLines = lineSplitter(request.onStdoutLine);
  const stderrLines = lineSplitter(request.onStderrLine);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdoutLines(text);
    if (request.onStdoutLine) return;
    stdout += text;
    if (stdout.length > request.maxStdoutBytes) stop('output-too-large');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrLines(text);
    stderrTail = (stderrTail + text).slice(-MAX_STDERR_BYTES);
  });
  const finish = (exitCode: number | null, endSignal: NodeJS.Signals | null): void => {
    clearTimeout(wallTimer);
    if (forceTimer !== null) clearTimeout(forceTimer);
    request.signal.removeEventListener('abort', onAbort);
    resolve({ ended, exitCode, endSignal, stdout, stderrTail });
  };
  child.on('error', (cause) => {
    ended = 'not-started';
    stderrTail = String(cause);
    finish(null, null);
  });
  child.on('close', finish);
  return promise;
}

/** A negative pid is the group; the process may be gone already. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: it ended in the meantime.
  }
}

function lineSplitter(onLine: ((line: string) => void) | undefined): (text: string) => void {
  if (onLine === undefined) return () => undefined;
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) onLine(line);
  };
}
