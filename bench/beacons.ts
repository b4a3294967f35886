/**
 * `npm run bench -- beacons`: what a beacon costs to take. The analytics bundle by its own socket, over bindings that remember
 * and a queue that forgets; then the whole way, through the front door to numbers that stand. Beside them an empty Hono
 * route, and nginx that writes each body to its log, which is the least that a collector of beacons does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSecrets } from '../scripts/platform/secrets.ts';
import { deliveriesOf } from './audience/deliver.ts';
import { drawAudience } from './audience/draw-sessions.ts';
import { SERIES_PLANS, type SimSeries } from './audience/library.ts';
import { publishLibrary } from './audience/publish.ts';
import { untilStill } from './audience/run.ts';
import { sendAll, type Tokens, tokensOf } from './audience/send.ts';
import { type BenchEdge, startEdge } from './edge.ts';
import type { Edge } from './library.ts';
import { type Measured, measureLoad, type Target } from './load.ts';
import { startCollector } from './nginx.ts';
import { cpuMicroseconds } from './process-cpu.ts';
import { print, saveResults } from './report.ts';

interface Row extends Measured {
  readonly name: string;
  readonly eventsPerBeacon: number;
}

const WHOLE_WAY_VIEWS = 600;

export async function benchBeacons(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-beacons-'));
  const secrets = makeSecrets('local');
  const at = await startEdge(path.join(folder, 'data'), secrets);
  try {
    const edge = { origin: at.origin, secrets };
    const library = await publishLibrary(edge, SERIES_PLANS.slice(0, 1));
    // As old as a visit, or its views would be told faster than time.
    const tokens = await tokensOf(edge);
    const token = await tokens({ viewerId: 'bench', impossible: null });
    const bodyOf = bodiesOf(library);
    const rows = [...(await measurePeers(at, folder, bodyOf(1))), ...(await measureTaking(at, token, bodyOf))];
    report([...rows, await measureWholeWay(at, edge, tokens, library)]);
  } finally {
    await at.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A beacon with so many events, as the simulated audience sends them. */
type BodyOf = (events: number) => string;

function bodiesOf(library: readonly SimSeries[]): BodyOf {
  const { batches } = deliveriesOf(drawAudience(1, 50, library), 2);
  const events = [...batches].flatMap((batch) => batch.events);
  return (count) => JSON.stringify({ events: events.slice(0, count) });
}

const beacon = (url: string, token: string, body: string): Target => ({
  url,
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
  body,
});

async function measurePeers({ pid, rememberingOrigin }: BenchEdge, folder: string, body: string): Promise<Row[]> {
  const empty = await measureLoad(pid, { url: `${rememberingOrigin}/health` }, 200);
  const rows = [{ name: 'GET /health (an empty Hono route)', eventsPerBeacon: 0, ...empty }];
  const nginx = await startCollector(path.join(folder, 'nginx'));
  if (nginx === null) {
    console.log('nginx is not installed: its row is left out. apt-get install nginx-light');
    return rows;
  }
  try {
    const target = beacon(new URL('/v1/events', nginx.target.url).href, 'a-token', body);
    const measured = await measureLoad(nginx.pid, target, 204);
    return [...rows, { name: 'nginx: writes the body to its log', eventsPerBeacon: 1, ...measured }];
  } finally {
    await nginx.stop();
  }
}

async function measureTaking({ pid, analyticsOrigin }: BenchEdge, token: string, bodyOf: BodyOf): Promise<Row[]> {
  const rows: Row[] = [];
  // A player sends at most ten.
  for (const eventsPerBeacon of [1, 10]) {
    const target = beacon(`${analyticsOrigin}/v1/events`, token, bodyOf(eventsPerBeacon));
    const name = `POST /v1/events, ${eventsPerBeacon} ${eventsPerBeacon === 1 ? 'view' : 'views'}`;
    rows.push({ name, eventsPerBeacon, ...(await measureLoad(pid, target, 202)) });
  }
  return rows;
}

/** Each beacon another one, of many viewers, and with what comes after it: queue, consumer, the series' object, numbers. */
async function measureWholeWay(at: BenchEdge, edge: Edge, tokens: Tokens, library: readonly SimSeries[]): Promise<Row> {
  const { batches } = deliveriesOf(drawAudience(1, WHOLE_WAY_VIEWS, library), 2);
  const single = [...batches].flatMap(({ session, events }) => events.map((event) => ({ session, events: [event] })));
  const cpuBefore = cpuMicroseconds(at.pid);
  const startedAtMs = performance.now();
  const { requests } = await sendAll(edge, tokens, single);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await untilStill(edge, library);
  const cpuMicrosecondsPerRequest = (cpuMicroseconds(at.pid) - cpuBefore) / requests;
  const name = 'the whole way, with local D1, queue and object';
  return { name, eventsPerBeacon: 1, requestsPerSecond: requests / seconds, cpuMicrosecondsPerRequest };
}

function report(rows: readonly Row[]): void {
  const cpuOf = (name: string): number =>
    rows.find((row) => row.name.startsWith(name))?.cpuMicrosecondsPerRequest ?? Number.NaN;
  const [empty, nginx] = [cpuOf('GET /health'), cpuOf('nginx')];
  print(
    ['beacon', 'CPU µs', 'beacons/s', '× empty route', '× nginx'],
    rows.map((row) => [
      row.name,
      row.cpuMicrosecondsPerRequest.toFixed(0),
      row.requestsPerSecond.toFixed(0),
      (row.cpuMicrosecondsPerRequest / empty).toFixed(1),
      Number.isNaN(nginx) ? '' : (row.cpuMicrosecondsPerRequest / nginx).toFixed(1),
    ]),
  );
  console.log('A token counts as known here, as it is for all beacons of a viewer but the first. CPU is of workerd.');
  saveResults('beacons', { at: new Date().toISOString(), rows });
}
