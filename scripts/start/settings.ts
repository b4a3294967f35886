/** What `npm start` reads from the environment, every field decided here. */
import path from 'node:path';
import { ROOT } from '../lib/paths.ts';
import { UserError } from '../lib/user-error.ts';

export interface StartSettings {
  readonly port: number;
  readonly dataDir: string;
  /** Whether an empty library gets the sample drama. */
  readonly sample: boolean;
}

const DEFAULT_PORT = 8787;

export function readSettings(env: NodeJS.ProcessEnv): StartSettings {
  return {
    port: readPort(env['PORT']),
    dataDir: path.resolve(ROOT, env['CLIFFHANGER_DATA'] || '.cliffhanger'),
    sample: env['CLIFFHANGER_SAMPLE'] !== '0',
  };
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UserError(`PORT is "${text}"; it must be a whole number from 1 to 65535.`);
  }
  return port;
}
