/** Bundles the operator's console into a folder of the static site. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const SOURCE = import.meta.dirname;

export async function buildConsole({
  outdir,
  minify,
}: {
  readonly outdir: string;
  readonly minify: boolean;
}): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: { main: join(SOURCE, 'main.ts'), style: join(SOURCE, 'style.css') },
    outdir,
    bundle: true,
    minify,
    format: 'esm',
    target: ['chrome111', 'safari16.4', 'firefox114'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  await copyFile(join(SOURCE, 'index.html'), join(outdir, 'index.html'));
}
