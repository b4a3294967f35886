/**
 * `npm run deploy`: the whole of Cliffhanger in the operator's own Cloudflare account, and again for each update.
 * `npm run deploy -- --containers` puts the transcoder into Cloudflare Containers as well.
 * `npm run deploy -- --dry-run` builds everything, says what would be made, and needs no account.
 */
import { findAccount } from './deploy/account.ts';
import { writeDeployConfigs } from './deploy/configs.ts';
import { deployContainers } from './deploy/containers.ts';
import { readPlan } from './deploy/plan.ts';
import { provision } from './deploy/provision.ts';
import { deploySecrets } from './deploy/secrets.ts';
import { buildSiteForDeploy } from './deploy/site.ts';
import { summary } from './deploy/summary.ts';
import { deployWorkers, dryRunWorkers } from './deploy/workers.ts';
import { wranglerHere } from './deploy/wrangler.ts';
import { stepsTo } from './lib/progress.ts';
import { failWith, UserError } from './lib/user-error.ts';

const FLAGS = ['--dry-run', '--containers'];
const step = stepsTo(process.stdout);

try {
  await deploy(process.argv.slice(2));
} catch (error) {
  failWith(error);
}

async function deploy(args: readonly string[]): Promise<void> {
  const unknown = args.find((argument) => !FLAGS.includes(argument));
  if (unknown !== undefined) throw new UserError(`Unknown option ${unknown}. There is: ${FLAGS.join(', ')}`);
  const plan = await readPlan();
  await step('The player page and the console are built', buildSiteForDeploy);

  if (args.includes('--dry-run')) {
    const sizes = await step('The three Workers would deploy', () => dryRunWorkers(wranglerHere));
    console.log(summary(plan, sizes));
    return;
  }
  const account = await step('wrangler is logged in', () => findAccount(wranglerHere, process.env));
  const databaseId = await step('The database, the bucket and the queues are there', () =>
    provision(wranglerHere, plan),
  );
  const ids = { databaseId, accountId: account.id };
  const configs = writeDeployConfigs(ids);
  await step('The database is at the newest migration', async () => {
    const { code, output } = await wranglerHere([
      'd1',
      'migrations',
      'apply',
      'DB',
      '--remote',
      '--config',
      configs.playback,
    ]);
    if (code !== 0) throw new UserError(`The migrations do not apply:\n${output}`);
  });
  const secrets = await step('The secrets are set', () => deploySecrets(wranglerHere, configs, process.env));
  const edge = await step('The three Workers are deployed', () => deployWorkers(wranglerHere, configs));
  if (args.includes('--containers')) {
    await step('The transcoder is deployed to Containers', () =>
      deployContainers(wranglerHere, ids, edge, process.env),
    );
  }
  console.log(secrets.firstTime(edge));
}
