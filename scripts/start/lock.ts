/** One platform per data folder: two would write to the same SQLite files. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../lib/user-error.ts';

/** Takes the folder for this process; the result gives it back. */
export function lockDataDir(dataDir: string): () => void {
  const file = path.join(dataDir, 'lock');
  for (;;) {
    if (tryLock(file)) return () => rmSync(file, { force: true });
    const holder = Number(readFileSync(file, 'utf8'));
    if (isStartProcess(holder)) {
      throw new UserError(
        `Cliffhanger already runs on ${dataDir} (process ${holder}). Stop it first, or give this one another folder with CLIFFHANGER_DATA.`,
      );
    }
    rmSync(file, { force: true });
  }
}

/** Makes the file with its content in one step, so that nobody reads it empty. */
function tryLock(file: string): boolean {
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, String(process.pid));
  try {
    linkSync(scratch, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(scratch, { force: true });
  }
}

/** A process id is given to another program after a crash or a reboot, so the name is looked at where there is one. */
function isStartProcess(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.ts');
  } catch {
    // No /proc (macOS), or not ours to read: the process is there, so it is believed.
    return true;
  }
}
