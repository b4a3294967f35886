/** Generated files that are committed must be what their generator writes now. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';
import { runBin } from '../lib/run.ts';
import { WORKERS, type WorkerSource } from '../platform/workers.ts';

const ENV_INTERFACES = { playback: 'PlaybackEnv', api: 'ApiEnv', analytics: 'AnalyticsEnv' } as const;

/** wrangler's arguments for a Worker's env.d.ts: the bindings of its toml, without the runtime's own types. */
export function envTypesArgs({ name, config }: WorkerSource): string[] {
  return [
    'types',
    `workers/${name}/env.d.ts`,
    `--config=${config}`,
    '--include-runtime=false',
    '--strict-vars=false',
    `--env-interface=${ENV_INTERFACES[name]}`,
  ];
}

export async function envTypesAreCurrent(): Promise<string | null> {
  const results = await Promise.all(WORKERS.map((worker) => runBin('wrangler', [...envTypesArgs(worker), '--check'])));
  const complaints = results.filter(({ code }) => code !== 0).map(({ output }) => output.trim());
  return complaints.length === 0 ? null : `${complaints.join('\n')}\nRun \`npm run fix\`.`;
}

export async function migrationsAreCurrent(): Promise<string | null> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cliffhanger-migrations-'));
  try {
    cpSync(inRoot('migrations'), scratch, { recursive: true });
    const before = readdirSync(scratch);
    const { code, output } = await runBin('drizzle-kit', [
      'generate',
      '--dialect=sqlite',
      '--schema=./workers/shared/db/{schema,track-schema,alert-schema}.ts',
      // drizzle-kit takes the folder as relative to where it runs, whatever its form.
      `--out=${path.relative(inRoot(), scratch)}`,
    ]);
    if (code !== 0) return output;
    const added = readdirSync(scratch).filter((file) => !before.includes(file));
    return added.length === 0
      ? null
      : 'The schema has changed. Run `npx drizzle-kit generate` and commit the migration.';
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
