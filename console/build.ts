/** Bundles the operator's console into a folder of the static site. */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const SOURCE = import.meta.dirname;

/** Charts are a chunk of their own: pages without one do not load uPlot. */
export const CONSOLE_BUILD = {
  entryPoints: { main: path.join(SOURCE, 'main.tsx'), style: path.join(SOURCE, 'style/index.css') },
  bundle: true,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // `light-dark()`, which the palette is made of, is of 2024.
  target: ['chrome123', 'safari17.5', 'firefox120'],
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

export async function buildConsole({
  outdir,
  minify,
}: {
  readonly outdir: string;
  readonly minify: boolean;
}): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await build({ ...CONSOLE_BUILD, outdir, minify });
  await copyFile(path.join(SOURCE, 'index.html'), path.join(outdir, 'index.html'));
}
