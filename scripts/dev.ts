/**
 * `npm run dev`: the three Workers under `wrangler dev`, which bundles again on each change. State and secrets are those
 * of `npm start`, so stop one before the other: two processes on the same SQLite files get in each other's way.
 * There is no transcoder: what `npm start` has transcoded plays, a new upload stays queued.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSiteForDeploy } from './deploy/site.ts';
import { inRoot, ROOT } from './lib/paths.ts';
import { toolEnv } from './lib/run.ts';
import { failWith } from './lib/user-error.ts';
import { migrate, stateDir } from './platform/migrate.ts';
import { loadOrMakeSecrets, workerBindings } from './platform/secrets.ts';
import { WORKERS } from './platform/workers.ts';
import { lockDataDir } from './start/lock.ts';
import { readSettings } from './start/settings.ts';

try {
  await dev();
} catch (error) {
  failWith(error);
}

async function dev(): Promise<void> {
  const { port, dataDir } = readSettings(process.env);
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDataDir(dataDir);
  await migrate(dataDir);
  await buildSiteForDeploy();
  const secrets = loadOrMakeSecrets(dataDir);
  const bindings = workerBindings(secrets, { s3Origin: `http://127.0.0.1:${port}`, demo: true });

  // In a file, not in arguments: those show in `ps`.
  const envFile = path.join(dataDir, 'dev.env');
  writeFileSync(
    envFile,
    Object.entries(bindings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );

  const child = spawn(
    process.execPath,
    [
      inRoot('node_modules/wrangler/bin/wrangler.js'),
      'dev',
      ...WORKERS.flatMap(({ config }) => ['--config', config]),
      ...['--ip', '127.0.0.1', '--port', String(port), '--persist-to', stateDir(dataDir)],
      ...['--env-file', envFile],
    ],
    // Interactive here: CI=1 would take its hotkeys away.
    { cwd: ROOT, stdio: 'inherit', env: { ...toolEnv(), CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined } },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    unlock();
    process.exitCode = code ?? 1;
  });
}
