/** The three Workers of a deployment, and how each is bundled. */
import { mkdirSync } from 'node:fs';
import { cachedBuild, hashOf } from '../lib/cached-build.ts';
import { inRoot } from '../lib/paths.ts';
import { runBin } from '../lib/run.ts';

export interface WorkerSource {
  readonly name: 'playback' | 'api' | 'analytics';
  readonly config: string;
}

/** The front door first: Miniflare's entry port leads to the first Worker of its list. */
export const WORKERS: readonly WorkerSource[] = [
  { name: 'playback', config: 'wrangler.toml' },
  { name: 'api', config: 'workers/api/wrangler.toml' },
  { name: 'analytics', config: 'workers/analytics/wrangler.toml' },
];

/** What each bundle is made of beside its own folder. */
const SHARED_SOURCES = ['core', 'workers/shared', 'package.json', 'package-lock.json'];

/** The folder with the Worker's `index.js` as wrangler would upload it. */
export function bundleWorker(worker: WorkerSource): Promise<string> {
  const hash = hashOf([...SHARED_SOURCES, `workers/${worker.name}`, worker.config], BUNDLE_FLAGS.join(' '));
  return cachedBuild(`worker-${worker.name}`, hash, (outdir) => bundleInto(worker, outdir));
}

/** The folder that wrangler's [assets] names must exist for any wrangler command, also where nothing is served from it. */
export function ensureAssetsFolder(): void {
  mkdirSync(inRoot('dist', 'site'), { recursive: true });
}

const BUNDLE_FLAGS = ['--minify'];

async function bundleInto(worker: WorkerSource, outdir: string): Promise<void> {
  ensureAssetsFolder();
  const { code, output } = await runBin('wrangler', [
    'deploy',
    '--dry-run',
    ...BUNDLE_FLAGS,
    '--outdir',
    outdir,
    '--config',
    worker.config,
  ]);
  if (code !== 0) throw new Error(`The ${worker.name} Worker does not bundle:\n${output}`);
}
