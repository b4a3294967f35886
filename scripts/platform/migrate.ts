/** Applies the D1 migrations with wrangler, the only tool that does so here and in production. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedBuild, hashOf } from '../lib/cached-build.ts';
import { inRoot } from '../lib/paths.ts';
import { runBin } from '../lib/run.ts';
import { ensureAssetsFolder } from './workers.ts';

/** What `wrangler --persist-to` is given. Miniflare itself keeps its state one folder deeper, in `v3`. */
export function stateDir(dataDir: string): string {
  return path.join(dataDir, 'state');
}

/**
 * Brings the data folder's database to the newest migration. A fresh folder gets a copy of an empty migrated database
 * that an earlier call made: wrangler's own start costs seconds.
 */
export async function migrate(dataDir: string): Promise<void> {
  const migrations = readdirSync(inRoot('migrations')).filter((name) => name.endsWith('.sql'));
  if (migrations.length === 0) return;
  const hash = hashOf(
    migrations.sort().map((name) => `migrations/${name}`),
    'd1',
  );
  const stamp = path.join(dataDir, 'migrations.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const state = stateDir(dataDir);
  if (existsSync(path.join(state, 'v3', 'd1'))) {
    await applyWithWrangler(state);
  } else {
    const template = await cachedBuild('d1', hash, applyWithWrangler);
    mkdirSync(state, { recursive: true });
    cpSync(template, state, { recursive: true });
  }
  writeFileSync(stamp, hash);
}

async function applyWithWrangler(state: string): Promise<void> {
  ensureAssetsFolder();
  const { code, output } = await runBin('wrangler', [
    'd1',
    'migrations',
    'apply',
    'DB',
    '--local',
    '--persist-to',
    state,
    '--config',
    'wrangler.toml',
  ]);
  if (code !== 0) throw new Error(`The D1 migrations do not apply:\n${output}`);
}
