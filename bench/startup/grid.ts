/** Warm starts: one connection for everybody, a quiet line before each, candidates in another order each time. */
import type { Browser, Page } from 'playwright-core';
import { ORIGIN, VIEWPORT } from './browser.ts';
import { MP4, OURS, type StartCandidate, sourceOf } from './candidates.ts';
import { drained, type Link } from './link/link.ts';
import type { Network } from './networks.ts';
import { type Mark, type StartPage, type StartSource, TIMELINE } from './page/protocol.ts';
import { shuffled } from './random.ts';
import { printTimeline } from './timeline-report.ts';

/** Milliseconds to the first frame, a run each; what never came is NaN. */
export type Starts = Map<string, number[]>;

export interface StartsOrder {
  readonly browser: Browser;
  readonly link: Link;
  readonly network: Network;
  readonly runs: number;
  readonly candidates: readonly StartCandidate[];
  readonly random: () => number;
  /** The name of the Rendition in the clip, and the series that has it alone. */
  readonly rendition: string;
  readonly series: string;
  readonly nextToken: () => string;
  readonly hasTimeline: boolean;
  readonly say: (line: string) => void;
}

export const START_LIMIT_MS = 15_000;

export type Pages = ReadonlyMap<string, Page>;

/** A tab each, open over all networks: their code is compiled once, and they share one connection. */
export async function openPages(
  order: Pick<StartsOrder, 'browser' | 'link' | 'network' | 'candidates' | 'hasTimeline'>,
): Promise<Pages> {
  const { browser, link, network, candidates, hasTimeline } = order;
  link.shape(network);
  const context = await browser.newContext({ viewport: VIEWPORT });
  const pages = new Map<string, Page>();
  for (const name of new Set(candidates.map(({ page }) => page))) {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
    await page.goto(`${ORIGIN}/page/${name}.html${hasTimeline ? TIMELINE : ''}`, { timeout: 60_000 });
    await page.waitForFunction('window.bench !== undefined');
    pages.set(name, page);
  }
  return pages;
}

/** `isFirst`: one start of each comes before, for the compilers and the edge's cache. */
export async function measureStarts(pages: Pages, order: StartsOrder, isFirst: boolean): Promise<Starts> {
  const { link, network, runs, candidates, random, say } = order;
  link.shape(network);
  const starts: Starts = new Map(candidates.map(({ name }) => [name, []]));
  const timelines = new Map<string, (readonly Mark[])[]>(candidates.map(({ name }) => [name, []]));
  const start = async (candidate: StartCandidate): Promise<number> => {
    const page = pages.get(candidate.page);
    if (page === undefined) return Number.NaN;
    const ms = await startOnce(page, candidate, order);
    if (order.hasTimeline) timelines.get(candidate.name)?.push(await timelineOf(page, ms));
    return ms;
  };
  // On another line, two are enough for TCP to learn it and for another Rendition to be in the cache.
  for (const candidate of isFirst ? candidates : candidates.filter(({ name }) => name === OURS || name === MP4)) {
    await start(candidate);
  }
  for (let run = 1; run <= runs; run++) {
    for (const candidate of shuffled(candidates, random)) starts.get(candidate.name)?.push(await start(candidate));
    say(`${network.name}: starts ${run} of ${runs}`);
  }
  await drained(link);
  if (order.hasTimeline) for (const [name, each] of timelines) printTimeline(`${network.name}: ${name}`, each);
  return starts;
}

async function timelineOf(page: Page, ms: number): Promise<readonly Mark[]> {
  const marks = await page.evaluate(() => (globalThis as unknown as { bench: StartPage }).bench.timeline());
  return [...marks, { kind: 'first frame', number: 1, atMs: ms }];
}

async function startOnce(page: Page, { path }: StartCandidate, order: StartsOrder): Promise<number> {
  const source: StartSource =
    path === null ? { url: '', series: order.series, token: order.nextToken() } : sourceOf(path(order.rendition));
  await page.bringToFront();
  await page.evaluate((asked) => (globalThis as unknown as { bench: StartPage }).bench.prepare(asked), source);
  await drained(order.link);
  return page.evaluate(
    async ([asked, limitMs]) => (globalThis as unknown as { bench: StartPage }).bench.start(asked, limitMs),
    [source, START_LIMIT_MS] as const,
  );
}
