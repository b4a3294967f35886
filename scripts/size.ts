/** Measures what is shipped, as it is shipped. `node scripts/size.ts` prints the table. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
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
  return [
    ...(await Promise.all(workers)),
    sizeOf('player core', await bundlePlayer('index.ts')),
    sizeOf('player without hls.js', await bundlePlayer('element/index.ts')),
  ];
}

/** hls.js has a size of its own, and its host page may load it already. */
async function bundlePlayer(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [inRoot('player', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['hls.js', 'hls.js/light'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

function sizeOf(name: string, contents: Uint8Array): BundleSize {
  return { name, bytes: contents.byteLength, gzipBytes: gzipSync(contents, { level: 9 }).byteLength };
}

if (import.meta.main) console.table(await measureBundles());
