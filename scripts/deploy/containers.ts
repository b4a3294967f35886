/** `--containers`: the transcoder in Cloudflare Containers, as a Worker beside the three. wrangler builds its image with Docker. */
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.ts';
import { UserError } from '../lib/user-error.ts';
import { type AccountIds, withIds } from './configs.ts';
import type { Wrangler } from './wrangler.ts';

const CONFIG = 'workers/transcoders/wrangler.toml';

/** The secret is the operator's: it was shown once, and cannot be read back from the api Worker. */
export async function deployContainers(
  wrangler: Wrangler,
  ids: AccountIds,
  edge: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const secret = env['TRANSCODER_WEBHOOK_SECRET'] ?? '';
  if (!secret.startsWith('whsec_'))
    throw new UserError("Set TRANSCODER_WEBHOOK_SECRET to the transcoder's secret, which the first deployment showed.");
  const config = CONFIG.replace(/wrangler\.toml$/, 'wrangler.deployed.toml');
  const toml = withIds(readFileSync(inRoot(CONFIG), 'utf8'), ids).replace(/^EDGE_URL = ""$/m, `EDGE_URL = "${edge}"`);
  writeFileSync(inRoot(config), toml);
  const put = await wrangler(
    ['secret', 'bulk', '--config', config],
    JSON.stringify({ TRANSCODER_WEBHOOK_SECRET: secret }),
  );
  if (put.code !== 0) throw new UserError(`Setting the secret of ${config} failed:\n${put.output.trim()}`);
  const { code, output } = await wrangler(['deploy', '--minify', '--config', config]);
  if (code !== 0)
    throw new UserError(`\`wrangler deploy --config ${config}\` failed; it takes Docker:\n${output.trim()}`);
}
