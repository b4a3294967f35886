/**
 * Where the tests' processes put what they throw away. In memory where there is room: a viewer's object is a database of
 * its own, and of the thousands that the suite makes each would be written, synced and truncated on the disk.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const IN_MEMORY = '/dev/shm';
const PREFIX = 'cliffhanger-test-';

/** The suite holds under one gigabyte at a time; and what it takes is taken from the browser and the encoders. */
const WANTED_BYTES = 4 * 1024 ** 3;

/** Null: the machine's own temporary folder is used. Given back when this process ends. */
export function temporaryFolder(shared: string = IN_MEMORY, wantedBytes: number = WANTED_BYTES): string | null {
  try {
    removeLeftOvers(shared);
    const { bavail, bsize } = statfsSync(shared);
    if (Math.min(bavail * bsize, process.availableMemory() / 2) < wantedBytes) return null;
    const folder = mkdtempSync(path.join(shared, `${PREFIX}${process.pid}-`));
    // As /tmp lets in whoever it is: VLC does not run as root, so there it runs as nobody.
    chmodSync(folder, 0o755);
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return mayExecute(folder) ? folder : null;
  } catch {
    // Not Linux, or not ours to write.
    return null;
  }
}

/** A container's shared memory is often mounted without that, and tests write programs. */
function mayExecute(folder: string): boolean {
  const file = path.join(folder, 'may-execute');
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o700 });
  const { status } = spawnSync(file);
  rmSync(file);
  return status === 0;
}

/** Of a run that was killed: its process is named in the folder's name. */
function removeLeftOvers(shared: string): void {
  for (const name of readdirSync(shared)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(path.join(shared, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
