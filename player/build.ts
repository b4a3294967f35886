/** Bundles the demo page and the importable player. `node player/build.ts [outdir]`. */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minifyCss } from './minify-css.ts';

const PLAYER = dirname(fileURLToPath(import.meta.url));

export interface SiteOptions {
  readonly outdir: string;
  readonly minify: boolean;
}

/** Writes index.html, main.js, style.css, cliffhanger-player.js (the element), cliffhanger-core.js and their chunks. */
export async function buildSite({ outdir, minify }: SiteOptions): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: {
      main: join(PLAYER, 'page/main.ts'),
      'cliffhanger-player': join(PLAYER, 'element/index.ts'),
      'cliffhanger-core': join(PLAYER, 'index.ts'),
      style: join(PLAYER, 'page/style.css'),
    },
    outdir,
    bundle: true,
    minify,
    format: 'esm',
    target: ['chrome111', 'safari16.4', 'firefox114'],
    sourcemap: minify ? false : 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    // hls.js comes when it is needed, as the build that is needed (player/hls-builds.ts).
    splitting: true,
    chunkNames: 'chunk-[hash]',
    plugins: minify ? [minifyCss] : [],
  });
  await copyFile(join(PLAYER, 'page/index.html'), join(outdir, 'index.html'));
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outdir = resolve(process.argv[2] ?? join(PLAYER, '../dist/site'));
  await buildSite({ outdir, minify: true });
}
