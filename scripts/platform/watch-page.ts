/** The page that a shared link opens: its template with the start script in it, and the player that takes over. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { inRoot } from '../lib/paths.ts';

const TARGET = ['chrome111', 'safari16.4', 'firefox114'];

/** Below /watch, which the front door answers itself: nobody else reads the template. */
export async function writeWatchPage(outdir: string): Promise<void> {
  const folder = path.join(outdir, 'watch');
  mkdirSync(folder, { recursive: true });
  const common = { bundle: true, minify: true, target: TARGET, legalComments: 'none', logLevel: 'warning' } as const;
  const boot = await build({
    ...common,
    entryPoints: [inRoot('player', 'start', 'boot.ts')],
    format: 'iife',
    write: false,
  });
  const template = readFileSync(inRoot('player', 'watch', 'page.html'), 'utf8');
  const script = (text: string): string => `<script nonce="{{nonce}}">${text}</script>`;
  const scripts = script((boot.outputFiles[0]?.text ?? '').trim()) + script('var p=start({{info}})');
  const page = template.replace('<!--boot-->', () => scripts);
  if (page === template) throw new Error('player/watch/page.html has no place for the start script.');
  writeFileSync(path.join(folder, 'page.txt'), page);
  await build({
    ...common,
    entryPoints: { 'watch-player': inRoot('player', 'watch', 'take-over.ts') },
    outdir,
    format: 'esm',
  });
}
