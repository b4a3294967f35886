/** The demo page on the double, for looking at it by hand: `node test/player/support/dev-server.ts`. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSite } from '../../../player/build.ts';
import { EdgeDouble } from './edge-double.ts';
import { sampleMedia } from './sample-media.ts';

const film = process.env['SAMPLE_SOURCE'];
const site = join(tmpdir(), 'cliffhanger-player-site');
await buildSite({ outdir: site, minify: false });
const media = await sampleMedia({
  episodes: 12,
  seconds: 20,
  ...(film !== undefined && existsSync(film) ? { source: film } : {}),
});
const edge = new EdgeDouble({
  media,
  site,
  episodes: 12,
  seconds: 20,
  freeEpisodes: 2,
  previewSeconds: 4,
  lockedEpisodes: [5, 6, 7, 8],
  coins: 15,
  price: 10,
  isDemo: process.env['DEMO'] !== '0',
  port: Number(process.env['PORT'] ?? 0),
});
edge.latencyMs = Number(process.env['LATENCY_MS'] ?? 0);
await edge.listen();
console.log(edge.origin);
