import path from 'node:path';
import type { Ready } from './ready-file.ts';

/** The last thing `npm start` prints: where everything is. The key itself is not printed: terminals are recorded. */
export function banner(ready: Ready, files: { secretsFile: string; logFile: string }): string {
  const here = (file: string): string => path.relative(process.cwd(), file);
  return [
    '',
    '  Cliffhanger runs.',
    '',
    `    player    ${ready.player}`,
    `    console   ${ready.console}`,
    `    API       ${ready.edge}/v1 (${ready.edge}/docs)`,
    `    API key   "apiKey" in ${here(files.secretsFile)} (and in ready.json)`,
    `    log       ${here(files.logFile)}`,
    '',
    '  Ctrl-C to stop.',
    '',
  ].join('\n');
}
