/** Which edge, and with which key: the flag, the environment, or the `npm start` that runs on this machine. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from './command.ts';

export interface Connection {
  readonly edge: string;
  readonly apiKey: string;
  /** Where they were found, for messages. */
  readonly from: string;
}

const ROOT = path.resolve(import.meta.dirname, '..');

export function findConnection(flags: { edge?: string; key?: string }, env: NodeJS.ProcessEnv): Connection {
  const edge = flags.edge ?? env['CLIFFHANGER_EDGE'];
  const apiKey = flags.key ?? env['CLIFFHANGER_API_KEY'];
  const ready = edge === undefined || apiKey === undefined ? readReady(env) : null;
  // The local platform's key must never travel to another edge.
  if (edge !== undefined && apiKey === undefined && ready?.edge !== edge.replace(/\/+$/, ''))
    throw new UsageError(`Name the API key for ${edge}: --key, or CLIFFHANGER_API_KEY.`);
  const found = { edge: edge ?? ready?.edge, apiKey: apiKey ?? ready?.apiKey };
  if (found.edge === undefined || found.apiKey === undefined)
    throw new UsageError(
      `No platform runs here: ${readyFile(env)} is not there. Run \`npm start\`, or name an edge: --edge and --key, or CLIFFHANGER_EDGE and CLIFFHANGER_API_KEY.`,
    );
  if (!/^https?:\/\/[^/]/.test(found.edge))
    throw new UsageError(`--edge is "${found.edge}"; it must be a URL like https://drama.example.com.`);
  const from = edge === undefined ? readyFile(env) : flags.edge === undefined ? 'CLIFFHANGER_EDGE' : '--edge';
  return { edge: found.edge.replace(/\/+$/, ''), apiKey: found.apiKey, from };
}

/** As `npm start` writes it. */
function readyFile(env: NodeJS.ProcessEnv): string {
  return path.join(path.resolve(ROOT, env['CLIFFHANGER_DATA'] || '.cliffhanger'), 'ready.json');
}

function readReady(env: NodeJS.ProcessEnv): { readonly edge: string; readonly apiKey: string } | null {
  try {
    return JSON.parse(readFileSync(readyFile(env), 'utf8')) as { edge: string; apiKey: string };
  } catch {
    return null;
  }
}
