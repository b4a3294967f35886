/** Warm starts: one connection for everybody, a quiet line before each, candidates in another order each time. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ORIGIN, VIEWPORT } from './browser.ts';
import { CANDIDATES, type StartCandidate, sourceOf } from './candidates.ts';
import { drained, type Link } from './link/link.ts';
import type { Network } from './networks.ts';
import type { StartPage, StartSource } from './page/protocol.ts';
import { shuffled } from './random.ts';

/** Milliseconds to the first frame, a run each; what never came is NaN. */
export type Starts = Map<string, number[]>;

export interface StartsOrder {
  readonly browser: Browser;
  readonly link: Link;
  readonly network: Network;
  readonly runs: number;
  readonly random: () => number;
  /** The name of the Rendition in the clip, and the series that has it alone. */
  readonly rendition: string;
  readonly series: string;
  readonly nextToken: () => string;
  readonly say: (line: string) => void;
}

export const START_LIMIT_MS = 15_000;

export async function measureStarts(order: StartsOrder): Promise<Starts> {
  const { browser, link, network, runs, random, say } = order;
  link.shape(network);
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const pages = await openPages(context);
    const starts: Starts = new Map(CANDIDATES.map(({ name }) => [name, []]));
    // The first one of each is for the compilers, and for the edge's cache.
    for (let run = 0; run <= runs; run++) {
      for (const candidate of shuffled(CANDIDATES, random)) {
        const page = pages.get(candidate.page);
        if (page === undefined) continue;
        const ms = await startOnce(page, candidate, order);
        if (run > 0) starts.get(candidate.name)?.push(ms);
      }
      say(`${network.name}: starts ${run} of ${runs}`);
    }
    return starts;
  } finally {
    await context.close();
    await drained(link);
  }
}

async function openPages(context: BrowserContext): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  for (const name of new Set(CANDIDATES.map(({ page }) => page))) {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
    await page.goto(`${ORIGIN}/page/${name}.html`, { timeout: 60_000 });
    await page.waitForFunction('window.bench !== undefined');
    pages.set(name, page);
  }
  return pages;
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
