/**
 * `npm start`: the whole platform on this machine. Migrates, starts the Workers and the transcoder, seeds the sample
 * drama into an empty library, prints where everything is, and runs until Ctrl-C.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stepsTo } from './lib/progress.ts';
import { UserError } from './lib/user-error.ts';
import { startPlatform } from './platform/index.ts';
import { isPortFree } from './platform/port.ts';
import { loadOrMakeSecrets, secretsPath } from './platform/secrets.ts';
import { SAMPLE_SLUG, seedSample } from './seed.ts';
import type { Api } from './seed/api.ts';
import { banner } from './start/banner.ts';
import { waitForHealth } from './start/health.ts';
import { lockDataDir } from './start/lock.ts';
import { openLogFile } from './start/log-file.ts';
import { findMediaTools, type MediaTools } from './start/media-tools.ts';
import { removeReadyFile, writeReadyFile } from './start/ready-file.ts';
import { readSettings } from './start/settings.ts';
import { installShutdown } from './start/shutdown.ts';
import { startTranscoder } from './start/transcoder.ts';

/** `ready.json` is promised within five minutes of a first start, and npm has taken its share of them before this. */
const SEED_LIMIT_MS = 180_000;

const step = stepsTo(process.stdout);
const shutdown = installShutdown((reason) => console.log(`\n${reason}: stopping …`));

try {
  await start();
} catch (error) {
  if (!shutdown.stopping) {
    console.error(error instanceof UserError ? `\n${error.message}` : error);
    await shutdown.run(1);
  }
}

async function start(): Promise<void> {
  const { port, dataDir, sample } = readSettings(process.env);
  mkdirSync(dataDir, { recursive: true });
  await shutdown.add(lockDataDir(dataDir));
  removeReadyFile(dataDir);
  if (!(await isPortFree(port))) {
    throw new UserError(
      `Port ${port} is taken by another program. Stop it, or choose another: PORT=${port + 1} npm start`,
    );
  }
  const log = openLogFile(path.join(dataDir, 'platform.log'));
  const secrets = loadOrMakeSecrets(dataDir);
  const tools = findMediaTools();

  const platform = await startPlatform({ port, dataDir, secrets, demo: true, log: log('edge'), step });
  await shutdown.add(() => platform.stop());
  await step('The edge answers', () => waitForHealth(platform.origin));

  const transcoder = startTranscoder({
    edge: platform.origin,
    webhookSecret: secrets.transcoderWebhookSecret,
    dataDir,
    tools,
    log: log('transcoder'),
  });
  await shutdown.add(() => transcoder.stop());

  const slug = sample ? await seedOrExplain({ origin: platform.origin, apiKey: secrets.apiKey }, dataDir, tools) : null;
  if (shutdown.stopping) return;

  const ready = {
    edge: platform.origin,
    apiKey: secrets.apiKey,
    player: slug === null ? `${platform.origin}/` : `${platform.origin}/?series=${slug}`,
    console: `${platform.origin}/console/`,
    pid: process.pid,
  };
  await shutdown.add(() => removeReadyFile(dataDir));
  writeReadyFile(dataDir, ready);
  console.log(banner(ready, { secretsFile: secretsPath(dataDir), logFile: path.join(dataDir, 'platform.log') }));
}

/**
 * The slug to show, or null. A platform without the sample still answers everything: a seed that fails is told and not
 * fatal, and one that takes long goes on behind the ready platform.
 */
async function seedOrExplain(api: Api, dataDir: string, tools: MediaTools): Promise<string | null> {
  const seeding = seedSample({ api, tools, dataDir, step }).catch((error: unknown) => {
    if (shutdown.stopping) return null;
    const reason = error instanceof UserError ? error.message : String(error);
    console.error(`\nThe sample drama is not complete; the next start goes on with it.\n${reason}`);
    return null;
  });
  const limit = sleep(SEED_LIMIT_MS, SAMPLE_SLUG, { ref: false });
  return Promise.race([seeding, limit]);
}
