/** Measures what is shipped, as it is shipped. `node scripts/size.ts` prints the table. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { CONSOLE_BUILD } from '../console/build.ts';
import { minifyCss } from '../player/minify-css.ts';
import { inRoot } from './lib/paths.ts';
import { bundleWorker, WORKERS } from './platform/workers.ts';

export interface BundleSize {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

export async function measureBundles(): Promise<BundleSize[]> {
  const workers = WORKERS.map(async (worker) => {
    const folder = await bundleWorker(worker);
    return sizeOf(`workers/${worker.name}`, readFileSync(path.join(folder, 'index.js')));
  });
  return [...(await Promise.all(workers)), ...(await measurePlayer()), ...(await measureConsole())];
}

/**
 * hls.js has a size of its own, and its host page may load it already. `player core` is what is loaded before anything
 * else; what touches media comes beside the first page of the feed, as a chunk of its own. `player element` is the same
 * for `<micro-drama-feed>`; its drawers come once the first episode plays.
 */
async function measurePlayer(): Promise<BundleSize[]> {
  const core = await bundlePlayer('index.ts');
  const element = await bundlePlayer('element/index.ts');
  return [
    sizeOf('player core', ...core.first),
    sizeOf('player media kit', ...core.later),
    sizeOf('player element', ...element.first),
    sizeOf('player without hls.js', ...element.first, ...element.later),
  ];
}

interface LoadedFiles {
  /** The entry and what it imports. */
  readonly first: readonly Uint8Array[];
  /** What it fetches by `import()`. */
  readonly later: readonly Uint8Array[];
}

async function bundlePlayer(entry: string): Promise<LoadedFiles> {
  return split({
    entryPoints: [inRoot('player', entry)],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    external: ['hls.js', 'hls.js/light'],
    logLevel: 'silent',
    plugins: [minifyCss],
  });
}

/** Script and style sheet; the chart library comes with the first chart. */
async function measureConsole(): Promise<BundleSize[]> {
  const { first, later } = await split({ ...CONSOLE_BUILD, minify: true });
  return [sizeOf('console', ...first), sizeOf('console charts', ...later)];
}

async function split(options: BuildOptions): Promise<LoadedFiles> {
  const { outputFiles, metafile } = await build({
    ...options,
    write: false,
    metafile: true,
    outdir: OUTDIR,
    absWorkingDir: inRoot(),
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const isLater = (file: string): boolean =>
    imports.some(({ path: imported, kind }) => kind === 'dynamic-import' && inRoot(imported) === file);
  const contents = (wanted: boolean): Uint8Array[] =>
    outputFiles.filter((file) => isLater(file.path) === wanted).map((file) => file.contents);
  return { first: contents(false), later: contents(true) };
}

/** Nothing is written there: esbuild wants to know where chunks would lie. */
const OUTDIR = inRoot('dist');

/** Each file is compressed by itself, as it is sent. */
function sizeOf(name: string, ...files: readonly Uint8Array[]): BundleSize {
  const sum = (measure: (file: Uint8Array) => number): number =>
    files.reduce((total, file) => total + measure(file), 0);
  return {
    name,
    bytes: sum((file) => file.byteLength),
    gzipBytes: sum((file) => gzipSync(file, { level: 9 }).byteLength),
  };
}

if (import.meta.main) console.table(await measureBundles());
