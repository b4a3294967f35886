/**
 * Turns the wrangler.toml files into Miniflare's options, so that a binding is written down once. wrangler does the
 * translation; what is added here is the code, the Worker's name, the secrets and the local S3 credentials.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { convertV4MiniflareOptions } from 'miniflare';
import { inRoot } from '../lib/paths.ts';
import { WORKERS, type WorkerSource } from './workers.ts';

/** Miniflare's own option shape (its v4 one); convertV4MiniflareOptions validates it. */
export interface WorkerOptions {
  readonly name: string;
  readonly [option: string]: unknown;
}

/** The list that Miniflare's type asks for; its members are checked by Miniflare when it starts. */
export type V4Workers = Extract<Parameters<typeof convertV4MiniflareOptions>[0], { workers: unknown }>['workers'];

export interface WorkerSettings {
  /** Secrets and variables by binding name; each Worker gets those that its toml declares, and no others. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly s3Credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** In the order of WORKERS. */
  readonly bundleDirs: readonly string[];
  readonly siteDir: string;
  /** Where the front door listens, past Miniflare's entry Worker; it serves the static assets from its own binding. */
  readonly port: number;
}

export async function loadWorkerOptions(settings: WorkerSettings): Promise<WorkerOptions[]> {
  const wrangler = await import('wrangler');
  return WORKERS.map((worker, index) => {
    const config = wrangler.unstable_readConfig({ config: inRoot(worker.config) }, { hideWarnings: true });
    const declared = [...Object.keys(config.vars), ...(config.secrets?.required ?? [])];
    // Without the list of secrets wrangler does not go looking for .dev.vars and does not warn about what is missing.
    const { workerOptions } = wrangler.unstable_getMiniflareWorkerOptions({ ...config, secrets: undefined });
    return assemble(worker, workerOptions, {
      name: config.name ?? worker.name,
      bundleDir: settings.bundleDirs[index] ?? '',
      bindings: pick(settings.bindings, declared),
      settings,
    });
  });
}

interface Parts {
  readonly name: string;
  readonly bundleDir: string;
  readonly bindings: Record<string, string>;
  readonly settings: WorkerSettings;
}

function assemble(worker: WorkerSource, translated: object, parts: Parts): WorkerOptions {
  const { name, bundleDir, bindings, settings } = parts;
  // The rules served the bundler; Miniflare takes modules, and refuses both.
  const { modulesRules: _rules, assets, ...options } = definedOnly(translated);
  const front = worker.name === 'playback';
  return {
    ...options,
    name,
    rootPath: bundleDir,
    modulesRoot: bundleDir,
    modules: [{ type: 'ESModule', path: 'index.js', contents: readFileSync(path.join(bundleDir, 'index.js'), 'utf8') }],
    bindings: { ...asRecord(options['bindings']), ...bindings },
    ...(options['ratelimits'] === undefined ? {} : { ratelimits: withoutLimit(asRecord(options['ratelimits'])) }),
    r2Buckets: withCredentials(asRecord(options['r2Buckets']), settings.s3Credentials),
    ...(front && assets !== undefined ? { assets: { ...asRecord(assets), directory: settings.siteDir } } : {}),
    ...(front ? { unsafeDirectSockets: [{ host: '127.0.0.1', port: settings.port }] } : {}),
  };
}

/** Gives each bucket the S3 endpoint that the transcoder reads and writes through presigned URLs. */
function withCredentials(buckets: Record<string, unknown>, s3Credentials: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(buckets).map(([binding, bucket]) => [binding, { ...asRecord(bucket), s3Credentials }]),
  );
}

/**
 * On a machine of one's own every caller is one address and often one viewer, and a load test is no attack. The limiters
 * run as they are deployed; only their numbers are out of reach.
 */
function withoutLimit(ratelimits: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(ratelimits).map(([binding, limiter]) => {
      const { simple, ...rest } = asRecord(limiter);
      return [binding, { ...rest, simple: { ...asRecord(simple), limit: LOCAL_LIMIT } }];
    }),
  );
}

/** 100,000 a second. */
const LOCAL_LIMIT = 1_000_000;

function pick(values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** wrangler writes `undefined` for what a toml leaves out; Miniflare takes only the key's absence for that. */
function definedOnly(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
