import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Temp directories of jobs are `job-<pid>-<random>`, so that two transcoders can share a work directory. */
export function jobDirPrefix(pid: number): string {
  return `job-${pid}-`;
}

/** Makes the work directory and removes what killed processes left in it; returns how many directories that were. */
export async function sweepWorkDir(workDir: string): Promise<number> {
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const leftOver = (await readdir(workDir)).filter((name) => {
    const pid = /^job-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !isOtherProcess(Number(pid));
  });
  await Promise.all(leftOver.map((name) => rm(join(workDir, name), { recursive: true, force: true })));
  return leftOver.length;
}

/** Our own pid at the start can only be an earlier process's: in a container every one of them is 1. */
function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}
