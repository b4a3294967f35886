/** wrangler as a function, so that the deployment's logic can be tested without an account. */
import { runBin, type RunResult } from '../lib/run.ts';

/** `input` goes to its stdin: secrets never stand in an argument, where `ps` shows them. */
export type Wrangler = (args: readonly string[], input?: string) => Promise<RunResult>;

export const wranglerHere: Wrangler = (args, input) => runBin('wrangler', args, input === undefined ? {} : { input });

/** The first JSON value in wrangler's output, which may begin with notices. */
export function jsonIn(output: string): unknown {
  const start = output.search(/^[[{]/m);
  return start < 0 ? null : (JSON.parse(output.slice(start)) as unknown);
}
