import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { CORES_PER_JOB, MAX_CONCURRENCY, MEMORY_PER_JOB_BYTES, SERVICE_MEMORY_BYTES } from './limits.ts';

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface Capacity {
  /** Jobs at a time. */
  readonly concurrency: number;
  /** What the children of one job may take, each. */
  readonly childMemoryBytes: number;
}

/**
 * What the machine has, or the container: `availableParallelism` knows of CPU sets and, in a container, its quota;
 * memory is the control group's limit where there is one. Kubernetes' and Docker's limits are such.
 */
export function thisMachine(readLimit: () => string = readMemoryLimit): Machine {
  const limitBytes = Number.parseInt(readLimit(), 10);
  const memoryBytes =
    Number.isSafeInteger(limitBytes) && limitBytes > 0 ? Math.min(limitBytes, totalmem()) : totalmem();
  return { cores: availableParallelism(), memoryBytes };
}

/** As many jobs as have cores and memory enough, unless the operator knows better; one always runs. */
export function planCapacity(
  machine: Machine,
  wanted: { readonly concurrency: number | null; readonly memoryBytes: number | null },
): Capacity {
  const memoryBytes = wanted.memoryBytes ?? machine.memoryBytes;
  const fits = Math.min(machine.cores / CORES_PER_JOB, memoryBytes / MEMORY_PER_JOB_BYTES);
  const concurrency = wanted.concurrency ?? Math.max(1, Math.min(Math.floor(fits), MAX_CONCURRENCY));
  const left = Math.max(memoryBytes - SERVICE_MEMORY_BYTES, memoryBytes / 2);
  return { concurrency, childMemoryBytes: Math.floor(left / concurrency) };
}

/** `max`, or no such file, is no limit. @see cgroup v2, memory.max */
function readMemoryLimit(): string {
  try {
    return readFileSync('/sys/fs/cgroup/memory.max', 'utf8');
  } catch {
    return 'max';
  }
}
