/** What the Workers and the transcoder print goes to a file: the terminal keeps the URLs in sight. */
import { createWriteStream, renameSync, statSync } from 'node:fs';

/** At this size the file is put aside once as `.old`, so that a platform left running does not fill the disk. */
const ROTATE_AT_BYTES = 20_000_000;

/** The result makes one writer per source; each line gets its time and its source's name. */
export function openLogFile(file: string): (source: string) => (line: string) => void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES) renameSync(file, `${file}.old`);
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  stream.on('error', () => {
    // A full disk must not end the platform.
  });
  return (source) => (line) => void stream.write(`${new Date().toISOString()} ${source} ${line}\n`);
}
