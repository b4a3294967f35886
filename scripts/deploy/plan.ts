/** What a deployment needs in the account, read from the wrangler.toml files. */
import { inRoot } from '../lib/paths.ts';
import { WORKERS } from '../platform/workers.ts';

export interface Plan {
  readonly workers: readonly string[];
  readonly database: string;
  readonly buckets: readonly string[];
  readonly queues: readonly string[];
  readonly crons: readonly string[];
}

/** The part of wrangler's normalised configuration that is read here; its own type does not resolve outside wrangler. */
interface WranglerConfig {
  readonly name: string | undefined;
  readonly d1_databases: readonly { readonly database_name?: string }[];
  readonly r2_buckets: readonly { readonly bucket_name?: string }[];
  readonly queues: {
    readonly producers?: readonly { readonly queue: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
  readonly triggers: { readonly crons?: readonly string[] };
}

export async function readPlan(): Promise<Plan> {
  const { unstable_readConfig: readConfig } = await import('wrangler');
  const configs = WORKERS.map(({ config }): WranglerConfig =>
    readConfig({ config: inRoot(config) }, { hideWarnings: true }),
  );
  const unique = (names: (string | undefined)[]): string[] => [...new Set(names.filter((name) => name !== undefined))];
  return {
    workers: unique(configs.map(({ name }) => name)),
    database:
      unique(configs.flatMap((config) => config.d1_databases.map((database) => database.database_name)))[0] ?? '',
    buckets: unique(configs.flatMap((config) => config.r2_buckets.map((bucket) => bucket.bucket_name))),
    queues: unique(
      configs.flatMap(({ queues }) => [
        ...(queues.producers ?? []).map(({ queue }) => queue),
        ...(queues.consumers ?? []).flatMap(({ queue, dead_letter_queue: dead }) => [queue, dead]),
      ]),
    ),
    crons: unique(configs.flatMap(({ triggers }) => triggers.crons ?? [])),
  };
}
