/** Deploys the Workers: first those that others bind to. */
import { UserError } from '../lib/user-error.ts';
import { WORKERS, type WorkerSource } from '../platform/workers.ts';
import type { DeployConfigs } from './configs.ts';
import type { Wrangler } from './wrangler.ts';

/** The api Worker binds to analytics, and the front door, last, to both and to the Durable Object of the api Worker. */
const ORDER: readonly WorkerSource['name'][] = ['analytics', 'api', 'playback'];

/** Resolves to what wrangler says of each bundle's size. */
export async function dryRunWorkers(wrangler: Wrangler): Promise<string[]> {
  const sizes: string[] = [];
  for (const name of ORDER) {
    const config = WORKERS.find((worker) => worker.name === name)?.config ?? '';
    const output = await deployOne(wrangler, config, ['--dry-run']);
    sizes.push(`${name.padEnd(10)} ${/Total Upload: .*/.exec(output)?.[0] ?? ''}`);
  }
  return sizes;
}

/** Resolves to the origin of the front door. */
export async function deployWorkers(wrangler: Wrangler, configs: DeployConfigs): Promise<string> {
  let output = '';
  for (const name of ORDER) output = await deployOne(wrangler, configs[name], []);
  return /https:\/\/\S+/.exec(output)?.[0] ?? 'the address is in the dashboard (Workers & Pages)';
}

async function deployOne(wrangler: Wrangler, config: string, flags: readonly string[]): Promise<string> {
  const { code, output } = await wrangler(['deploy', '--minify', ...flags, '--config', config]);
  if (code !== 0) throw new UserError(`\`wrangler deploy --config ${config}\` failed:\n${output.trim()}`);
  return output;
}
