/** Applies the D1 migrations with wrangler, the only tool that does so here and in production. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedBuild, hashOf } from '../lib/cached-build.ts';
import { inRoot } from '../lib/paths.ts';
import { runBin } from '../lib/run.ts';
import { UserError } from '../lib/user-error.ts';
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
  const names = readdirSync(inRoot('migrations'))
    .filter((name) => name.endsWith('.sql'))
    .sort();
  if (names.length === 0) return;
  const stamp = path.join(dataDir, 'migrations.json');
  const wanted = Object.fromEntries(names.map((name) => [name, hashOf([`migrations/${name}`])]));
  const applied = readStamp(stamp);
  refuseChanged(applied, wanted, dataDir);
  if (applied !== null && names.every((name) => name in applied)) return;
  const state = stateDir(dataDir);
  if (existsSync(path.join(state, 'v3', 'd1'))) {
    await applyWithWrangler(state);
  } else {
    const template = await cachedBuild(
      'd1',
      hashOf(
        names.map((name) => `migrations/${name}`),
        'd1',
      ),
      applyWithWrangler,
    );
    // Copied beside and renamed, so that a start that is killed here leaves no half of a database.
    const scratch = `${state}.${process.pid}`;
    cpSync(template, scratch, { recursive: true });
    renameSync(scratch, state);
  }
  writeFileSync(stamp, JSON.stringify(wanted, null, 2));
}

type Hashes = Readonly<Record<string, string>>;

function readStamp(file: string): Hashes | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Hashes) : null;
}

/** wrangler remembers migrations by name: one that was edited after it was applied would be passed over in silence. */
function refuseChanged(applied: Hashes | null, wanted: Hashes, dataDir: string): void {
  const changed = Object.entries(applied ?? {}).find(([name, hash]) => wanted[name] !== hash);
  if (changed === undefined) return;
  throw new UserError(
    `${dataDir} was made with another version of migrations/${changed[0]}. Delete that folder (its media and data go with it), or set CLIFFHANGER_DATA to a new one.`,
  );
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
