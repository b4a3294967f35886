import type { JobFailure } from './failure.ts';
import { MAX_PIXELS, MAX_STREAMS } from './limits.ts';
import type { ProcessOutcome } from './run-process.ts';

/** What ffprobe said about a file that it did not read. */
export function classifyProbeError(stderr: string): JobFailure {
  if (/not on whitelist/i.test(stderr))
    return { reason: 'container-not-allowed', evidence: 'its format is not allowed' };
  const tooLarge = tooLargePicture(stderr);
  if (tooLarge !== null) return tooLarge;
  if (/exceeds max_streams/.test(stderr))
    return { reason: 'source-unreadable', evidence: `it has more than ${MAX_STREAMS} tracks` };
  const evidence = lastLines(stderr, 1) || 'no message';
  if (/moov atom not found|partial file|End of file/i.test(stderr)) return { reason: 'source-truncated', evidence };
  return { reason: 'source-unreadable', evidence };
}

/**
 * Whose fault it is that ffmpeg ended with an error. The machine's, and another attempt may go well; or the source's, and
 * it would end the same way three times over.
 */
export function classifyEncodeFailure(outcome: ProcessOutcome, cpuSeconds: number): JobFailure {
  const { stderrTail, exitCode, endSignal } = outcome;
  if (endSignal === 'SIGXCPU') return { reason: 'encode-timeout', of: 'cpu', limitSeconds: cpuSeconds };
  if (endSignal !== null && CRASHES.has(endSignal))
    return { reason: 'source-unreadable', evidence: `the decoder crashes at it (${endSignal})` };
  const evidence = lastLines(stderrTail, 3) || `exit code ${exitCode ?? endSignal}`;
  if (outcome.ended !== 'exit' || endSignal !== null || MACHINE_FAULTS.test(stderrTail))
    return { reason: 'encode-failed', evidence };
  const tooLarge = tooLargePicture(stderrTail);
  if (tooLarge !== null) return tooLarge;
  if (/partial file|ended prematurely/i.test(stderrTail)) return { reason: 'source-truncated', evidence };
  return { reason: 'source-unreadable', evidence };
}

const CRASHES: ReadonlySet<NodeJS.Signals> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT']);

/** The disk, the memory, or an ffmpeg that lacks a part which another one has. */
const MACHINE_FAULTS =
  /No space left on device|Cannot allocate memory|malloc of size|Resource temporarily unavailable|Too many open files|Input\/output error|Permission denied|Read-only file system|No such filter|Unrecognized option|Option .{1,60} not found|Unknown encoder/i;

type TooLargePicture = Extract<JobFailure, { reason: 'too-large-picture' }>;

/** The container may have said less: the decoder meets the true size. */
export function tooLargePicture(stderr: string): TooLargePicture | null {
  // Beyond 2^31 bytes ffmpeg calls a size invalid, as it does one of 0x0.
  const size = /Picture size (\d{1,9})x(\d{1,9}) (?:exceeds|is invalid)/.exec(stderr);
  const [width, height] = [Number(size?.[1] ?? 0), Number(size?.[2] ?? 0)];
  return width * height > MAX_PIXELS ? { reason: 'too-large-picture', width, height, maxPixels: MAX_PIXELS } : null;
}

/** ffmpeg prefixes lines with components and addresses, and paths of ours; none of them helps an operator. */
function lastLines(stderr: string, count: number): string {
  return stderr
    .trim()
    .split('\n')
    .filter((line) => !/Last message repeated/.test(line))
    .slice(-count)
    .map((line) => line.replaceAll(/\[[^\]]*@ 0x[^\]]*\] /g, '').replaceAll(/\/\S+\//g, ''))
    .join(' | ')
    .slice(-600);
}
