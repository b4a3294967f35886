/**
 * The wrangler.toml files with the ids of one account, written beside the originals (their paths are relative to where
 * they stand) and ignored by git: the repository stays free of anybody's account.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.ts';
import { UserError } from '../lib/user-error.ts';
import { WORKERS, type WorkerSource } from '../platform/workers.ts';

export type DeployConfigs = Readonly<Record<WorkerSource['name'], string>>;

export interface AccountIds {
  readonly databaseId: string;
  readonly accountId: string;
}

const LOCAL_DATABASE_ID = '00000000-0000-0000-0000-000000000001';

export function writeDeployConfigs(ids: AccountIds): DeployConfigs {
  const written = WORKERS.map(({ name, config }) => {
    const target = config.replace(/wrangler\.toml$/, 'wrangler.deployed.toml');
    writeFileSync(inRoot(target), withIds(readFileSync(inRoot(config), 'utf8'), ids));
    return [name, target] as const;
  });
  return Object.fromEntries(written) as DeployConfigs;
}

/** Throws where the file no longer has what is to be replaced: a deployment without its database helps nobody. */
export function withIds(toml: string, { databaseId, accountId }: AccountIds): string {
  if (!toml.includes(LOCAL_DATABASE_ID))
    throw new UserError(`A wrangler.toml has no database_id ${LOCAL_DATABASE_ID}.`);
  return toml
    .replaceAll(LOCAL_DATABASE_ID, databaseId)
    .replace(/^S3_ENDPOINT = ""$/m, `S3_ENDPOINT = "https://${accountId}.r2.cloudflarestorage.com"`);
}
