/**
 * `npm run bench -- analytics`: what an event costs from the queue to the numbers, and how long they take to be asked for.
 * CPU is that of workerd, with its simulators of R2, D1 and Durable Objects: more than what is billed. The peer is what one
 * would do without any of it: the same sums, by SQL over one row a view.
 */
import { cpuMicroseconds } from '../process-cpu.ts';
import { print, saveResults } from '../report.ts';
import { sumOverViews } from './peer.ts';
import { startSeries, type BenchSeriesWorker } from './series-worker.ts';

const EPISODES = 60;
const MESSAGES = 6_000;
const EVENTS = MESSAGES * 2;
const OVERVIEW_EPISODES = 1_000;
const LONG_SERIES = 500;
const DAYS = 90;
const DAY_MS = 86_400_000;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

export async function benchAnalytics(): Promise<void> {
  const series = await startSeries(LONG_SERIES, OVERVIEW_EPISODES, DAYS);
  try {
    const counting = await measureCounting(series);
    const asking = await measureAsking(series);
    const peer = sumOverViews(OVERVIEW_EPISODES, DAYS);
    report(counting, asking, peer);
  } finally {
    await series.stop();
  }
}

async function measureCounting(series: BenchSeriesWorker): Promise<Record<string, Cost>> {
  // What the first ones cost is a runtime that warms up.
  await series.run('consume', { messages: 1_000, from: 900_000, episodes: EPISODES });
  const made = await cost(series, 'make', { messages: MESSAGES, from: 0, episodes: EPISODES });
  const consumed = await cost(series, 'consume', { messages: MESSAGES, from: 0, episodes: EPISODES });
  const folded = await cost(series, 'query', { query: queryOf({ episodeId: 'ep_0' }) });
  const again = await cost(series, 'consume', { messages: MESSAGES, from: 0, episodes: EPISODES });
  const foldedAgain = await cost(series, 'query', { query: queryOf({ episodeId: 'ep_0' }) });
  const net = { cpuMs: consumed.cpuMs - made.cpuMs, wallMs: consumed.wallMs - made.wallMs };
  return { consumed: net, folded, again: { cpuMs: again.cpuMs - made.cpuMs, wallMs: again.wallMs }, foldedAgain };
}

async function measureAsking(series: BenchSeriesWorker): Promise<Record<string, Cost>> {
  await series.run('fill', { episodes: LONG_SERIES, days: DAYS });
  const byEpisode = queryOf({ by: [{ kind: 'episode' }], parts: ['counts', 'sketches'] });
  return {
    overview: await median(series, 'overview', { days: DAYS }),
    longSeries: await median(series, 'query', { query: byEpisode }),
    retention: await median(series, 'query', { query: queryOf({ episodeId: 'ep_7' }) }),
  };
}

function queryOf(more: object): object {
  const end = Date.now() - (Date.now() % DAY_MS) + DAY_MS;
  return { fromMs: end - (DAYS + 1) * DAY_MS, toMs: end, episodeId: null, by: [], segment: null, ...more };
}

async function cost(series: BenchSeriesWorker, task: string, input: object): Promise<Cost> {
  const [cpuBefore, wallBefore] = [cpuMicroseconds(series.pid), performance.now()];
  await series.run(task, input);
  return { cpuMs: (cpuMicroseconds(series.pid) - cpuBefore) / 1_000, wallMs: performance.now() - wallBefore };
}

async function median(series: BenchSeriesWorker, task: string, input: object): Promise<Cost> {
  const costs: Cost[] = [];
  for (let turn = 0; turn < 5; turn++) costs.push(await cost(series, task, input));
  const middle = (of: (each: Cost) => number): number => costs.map(of).toSorted((a, b) => a - b)[2] ?? 0;
  return { cpuMs: middle(({ cpuMs }) => cpuMs), wallMs: middle(({ wallMs }) => wallMs) };
}

function report(counting: Record<string, Cost>, asking: Record<string, Cost>, peer: Cost & { views: number }): void {
  const perEvent = ({ cpuMs }: Cost): number => (cpuMs * 1_000) / EVENTS;
  const line = (name: string, costs: Cost): string[] => {
    const micros = perEvent(costs);
    return [name, micros.toFixed(1), Math.round(1e6 / micros).toString()];
  };
  const zero = { cpuMs: 0, wallMs: 0 };
  const { consumed = zero, folded = zero, again = zero, foldedAgain = zero } = counting;
  const all = { cpuMs: consumed.cpuMs + folded.cpuMs, wallMs: 0 };
  print(
    [`${EVENTS} events, two a beacon`, 'CPU µs an event', 'events/s a core'],
    [
      line('consumer: raw events to R2, journal of the object', consumed),
      line('fold into views and rollups', folded),
      line('both', all),
      line('the same beacons again: consumer', again),
      line('the same beacons again: fold', foldedAgain),
    ],
  );
  const { overview = zero, longSeries = zero, retention = zero } = asking;
  const row = (name: string, { cpuMs, wallMs }: Cost): string[] => [name, wallMs.toFixed(0), cpuMs.toFixed(0)];
  print(
    ['asked for', 'ms', 'CPU ms'],
    [
      row(`overview of ${OVERVIEW_EPISODES} episodes × ${DAYS} days, D1`, overview),
      row(`a series of ${LONG_SERIES} episodes × ${DAYS} days, its object`, longSeries),
      row(`retention of one episode over ${DAYS} days`, retention),
      row(`peer: SQL over ${peer.views} raw views, node:sqlite`, peer),
    ],
  );
  saveResults('analytics', { events: EVENTS, counting, asking, peer });
}
