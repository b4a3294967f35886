/** `$CLIFFHANGER_DATA/ready.json`: there exactly while everything answers. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Ready {
  readonly edge: string;
  readonly apiKey: string;
  readonly player: string;
  readonly console: string;
  readonly pid: number;
}

export function writeReadyFile(dataDir: string, ready: Ready): void {
  const file = path.join(dataDir, 'ready.json');
  const scratch = `${file}.${process.pid}`;
  // It holds the API key.
  writeFileSync(scratch, `${JSON.stringify(ready, null, 2)}\n`, { mode: 0o600 });
  renameSync(scratch, file);
}

export function removeReadyFile(dataDir: string): void {
  rmSync(path.join(dataDir, 'ready.json'), { force: true });
}
