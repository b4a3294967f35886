import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where programs and their libraries are, and what they look at there. Not /proc, /home, /run, and not the rest of /etc. */
const READ_ONLY = [
  '/usr',
  '/bin',
  '/lib',
  '/lib64',
  '/opt',
  '/nix/store',
  '/etc/ld.so.cache',
  '/sys/devices/system/cpu',
];

/** Of the first Landlock, so that each kernel with any knows them: a right that it does not know is an error. */
const WRITE = 'write-file,make-reg,remove-file';

/**
 * A child opens programs, and what is below its own working directory: neither another job's files nor a file of secrets.
 * And whoever is under Landlock may not look into a process that is not: neither its memory nor its environment. Root
 * might all the same (CAP_PERFMON), so /proc is not among what can be opened.
 *
 * @see landlock(7); setpriv(1) of util-linux 2.40 and newer
 */
export function landlockWords(programs: readonly string[]): readonly string[] {
  const folders = [...READ_ONLY, ...programs.map((path) => dirname(realpathSync(path)))];
  const rule = (accesses: string, path: string): string[] => ['--landlock-rule', `path-beneath:${accesses}:${path}`];
  return [
    ...['--landlock-access', `fs:read-file,${WRITE}`],
    ...[...new Set(folders)].filter((path) => existsSync(path)).flatMap((path) => rule('read-file', path)),
    ...rule('read-file,write-file', '/dev'),
    ...rule(`read-file,${WRITE}`, '.'),
  ];
}
