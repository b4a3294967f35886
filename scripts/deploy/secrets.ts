/**
 * The secrets of a deployment: made at the first one, never read back, never changed by a later one.
 *
 * All Workers must hold the same master secret, so what was made is kept in a private file until every Worker has it:
 * a deployment that breaks in between goes on with the same values.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';
import { UserError } from '../lib/user-error.ts';
import { hashApiKey, makeSecrets, type PlatformSecrets } from '../platform/secrets.ts';
import type { DeployConfigs } from './configs.ts';
import { jsonIn, type Wrangler } from './wrangler.ts';

export interface DeployedSecrets {
  /** What the operator is told once the Workers are up: at the first deployment, the key that is never shown again. */
  firstTime(edge: string): string;
}

export function pendingSecretsFile(): string {
  return inRoot('.cliffhanger', 'deploy-secrets.json');
}

export async function deploySecrets(
  wrangler: Wrangler,
  configs: DeployConfigs,
  env: NodeJS.ProcessEnv,
  pendingFile = pendingSecretsFile(),
): Promise<DeployedSecrets> {
  const present = {
    playback: await secretNames(wrangler, configs.playback),
    api: await secretNames(wrangler, configs.api),
    analytics: await secretNames(wrangler, configs.analytics),
  };
  const pending = existsSync(pendingFile);
  const having = Object.values(present).filter((names) => names.has('MASTER_SECRET')).length;
  if (having === 3 && !pending)
    return { firstTime: (edge) => `\nDeployed: ${edge}\nThe keys are those of the first deployment.\n` };
  if (having > 0 && !pending) {
    throw new UserError(
      'Some of the Workers have a MASTER_SECRET and others have none, and it cannot be read back. Set the same value on all three with `npx wrangler secret put MASTER_SECRET`.',
    );
  }
  const s3 = s3Keys(env, present.api);
  const secrets = loadOrMake(pendingFile);
  await put(wrangler, configs.api, {
    MASTER_SECRET: secrets.masterSecret,
    ROOT_API_KEY_SHA256: hashApiKey(secrets.apiKey),
    TRANSCODER_WEBHOOK_SECRET: secrets.transcoderWebhookSecret,
    ...s3,
  });
  await put(wrangler, configs.analytics, {
    MASTER_SECRET: secrets.masterSecret,
    ROOT_API_KEY_SHA256: hashApiKey(secrets.apiKey),
  });
  await put(wrangler, configs.playback, { MASTER_SECRET: secrets.masterSecret });
  return {
    firstTime(edge) {
      rmSync(pendingFile, { force: true });
      return firstDeployment(edge, secrets);
    },
  };
}

/** wrangler cannot make an R2 API token; the operator does, once, in the dashboard. */
function s3Keys(env: NodeJS.ProcessEnv, present: ReadonlySet<string>): Record<string, string> {
  const { R2_ACCESS_KEY_ID: id, R2_SECRET_ACCESS_KEY: secret } = env;
  if (id && secret) return { S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret };
  if (present.has('S3_ACCESS_KEY_ID') && present.has('S3_SECRET_ACCESS_KEY')) return {};
  throw new UserError(
    'The transcoder reads and writes R2 with an API token. Make one in the dashboard (R2, Manage API tokens, "Object Read & Write" on the bucket) and deploy again with R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY set.',
  );
}

/** Cloudflare's API error 10007, as wrangler prints it. */
const NEVER_DEPLOYED = /\b10007\b|does not exist|was not found|not found on your account/i;

async function secretNames(wrangler: Wrangler, config: string): Promise<ReadonlySet<string>> {
  const { code, output } = await wrangler(['secret', 'list', '--config', config]);
  if (code !== 0 && NEVER_DEPLOYED.test(output)) return new Set();
  // Any other failure must stop here: taken for "no secrets", it would replace the keys of a running deployment.
  if (code !== 0) throw new UserError(`The secrets of ${config} could not be listed:\n${output.trim()}`);
  return new Set(((jsonIn(output) as { name: string }[] | null) ?? []).map(({ name }) => name));
}

async function put(wrangler: Wrangler, config: string, values: Record<string, string>): Promise<void> {
  const { code, output } = await wrangler(['secret', 'bulk', '--config', config], JSON.stringify(values));
  if (code !== 0) throw new UserError(`Setting the secrets of ${config} failed:\n${output.trim()}`);
}

function loadOrMake(file: string): PlatformSecrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PlatformSecrets;
  const secrets = makeSecrets('live');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

function firstDeployment(edge: string, secrets: PlatformSecrets): string {
  return [
    '',
    `Deployed: ${edge}`,
    '',
    'Keep these two now; they are not shown again:',
    `  root API key (every scope)   ${secrets.apiKey}`,
    `  transcoder's secret          ${secrets.transcoderWebhookSecret}`,
    '',
    'Run the transcoder where there is a CPU (transcoder/Dockerfile):',
    `  EDGE_URL=${edge}  TRANSCODER_WEBHOOK_SECRET=<the second one>`,
    '',
  ].join('\n');
}
