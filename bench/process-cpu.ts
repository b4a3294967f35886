/** CPU time of other processes, from /proc: robust where the machine is shared and wall time is not. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** User and system time that the process has used so far, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  const [, utime, stime] = statOf(pid);
  return ((utime + stime) * 1_000_000) / TICKS_PER_SECOND;
}

/** Children of a process that run the program of this name. */
export function childrenNamed(parent: number, name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return statOf(pid)[0] === parent && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
      } catch {
        return false;
      }
    });
}

/** Parent, utime, stime. The program's name, in brackets, may hold spaces: fields are counted from behind it. */
function statOf(pid: number): [number, number, number] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[1]), Number(fields[11]), Number(fields[12])];
}
