/** What the programs that this process started cost it: CPU time and memory do not depend on what else runs. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ChildUsage {
  readonly cpuSeconds: number;
  /** Of the largest one. */
  readonly peakBytes: number;
}

const TICKS_PER_SECOND = 100;

/** Linux only: elsewhere both are 0. Looking costs CPU of its own, which the bench counts as ours. */
export async function withChildUsage<T>(
  work: () => Promise<T>,
  sampleIntervalMs: number,
): Promise<readonly [T, ChildUsage]> {
  const cpuBefore = childCpuSeconds();
  let peakBytes = 0;
  const sampler = setInterval(() => {
    for (const pid of children()) peakBytes = Math.max(peakBytes, peakOf(pid));
  }, sampleIntervalMs);
  try {
    const result = await work();
    return [result, { cpuSeconds: childCpuSeconds() - cpuBefore, peakBytes }];
  } finally {
    clearInterval(sampler);
  }
}

/** User and system time of the children that have ended (cutime and cstime). */
function childCpuSeconds(): number {
  const stat = read('/proc/self/stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS_PER_SECOND;
}

/** A thread of ours is the parent, so every thread's list is read. */
function children(): readonly string[] {
  try {
    const threads = readdirSync('/proc/self/task');
    return threads.flatMap((thread) => read(`/proc/self/task/${thread}/children`).trim().split(' ')).filter(Boolean);
  } catch {
    return [];
  }
}

function peakOf(pid: string): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** A process may end between two reads. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
