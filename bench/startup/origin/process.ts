/** The server's side of the bench, in its own process and namespace: the platform with the clip in it, and the front. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { startPlatform } from '../../../scripts/platform/index.ts';
import { makeSecrets } from '../../../scripts/platform/secrets.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { signTokens } from '../../library.ts';
import type { Clip } from '../clip.ts';
import { startFront } from './front.ts';
import { type PublishedSeries, publishSeries, type SeriesOrder } from './library.ts';
import { StaticFiles } from './static-files.ts';

export interface OriginOrder {
  readonly clip: Clip;
  readonly folder: string;
  readonly pages: string;
  readonly series: readonly SeriesOrder[];
  readonly tokens: number;
}

export interface OriginAnswer {
  readonly port: number;
  readonly series: readonly PublishedSeries[];
  /** Of one viewer, each with a session id of its own: no URL of one run is that of another. */
  readonly tokens: readonly string[];
}

process.once('message', (order) => {
  serve(order as OriginOrder).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function serve({ clip, folder, pages, series, tokens }: OriginOrder): Promise<OriginAnswer> {
  const secrets = makeSecrets('local');
  const dataDir = path.join(folder, 'data');
  const log = (line: string): void => void (process.env['BENCH_LOG'] === undefined || console.error(line));
  const platform = await startPlatform({ port: 0, dataDir, secrets, demo: true, log, adapt: behindTls });
  // The bench's end is this process's: whoever ended without saying so has closed the channel.
  process.once('disconnect', () => {
    void platform.stop().then(() => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    });
  });
  const edge = { origin: platform.origin, secrets };
  const published: PublishedSeries[] = [];
  for (const each of series) published.push(await publishSeries(edge, clip, each));
  const files = new StaticFiles();
  for (const name of ['hls2', 'hls6', 'mp4', 'head']) files.addFolder(name, path.join(clip.folder, name));
  files.addFolder('page', pages);
  const port = await startFront(files, Number(new URL(platform.origin).port));
  return { port, series: published, tokens: await signTokens(edge, tokens) };
}

/** In production the Worker sees `https:`, and writes it into what it answers. */
function behindTls(workers: WorkerOptions[]): WorkerOptions[] {
  const [front, ...others] = workers;
  if (front === undefined) return workers;
  const [main] = front['modules'] as [{ contents: string }];
  const modules = [
    { type: 'ESModule', path: 'behind-tls.js', contents: BEHIND_TLS },
    { type: 'ESModule', path: 'index.js', contents: main.contents },
  ];
  return [{ ...front, modules }, ...others];
}

const BEHIND_TLS = `
import product from './index.js';
export * from './index.js';
export default {
  ...product,
  fetch(request, env, ctx) {
    const isFront = request.headers.get('host') === 'bench.test';
    return product.fetch(isFront ? new Request(request.url.replace('http:', 'https:'), request) : request, env, ctx);
  },
};
`;
