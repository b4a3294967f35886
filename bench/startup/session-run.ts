/** One session: a page, a thumb, and what the line carried meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { ORIGIN, VIEWPORT } from './browser.ts';
import { drained, type Link } from './link/link.ts';
import type { SessionPage, SessionSource, SwipeSeen } from './page/protocol.ts';
import { Timeline } from './timeline.ts';

export interface SessionOrder {
  readonly browser: Browser;
  readonly link: Link;
  /** Below `/page/`. */
  readonly page: string;
  readonly source: SessionSource;
  readonly swipes: number;
  readonly dwellSeconds: () => number;
  readonly onSwipe?: (page: Page, done: number) => Promise<void>;
  /** Up and down through the feed instead of on and on. */
  readonly turnsAfter?: number;
}

export interface Session {
  readonly swipes: readonly SwipeSeen[];
  readonly stalls: { readonly count: number; readonly totalMs: number };
  readonly movedBytes: number;
  /** By the height of the Rendition that played. */
  readonly playedSeconds: ReadonlyMap<number, number>;
}

/** Who sees nothing for so long has gone on. */
export const SWIPE_LIMIT_MS = 8_000;
const READY_LIMIT_MS = 15_000;
const logFile = process.env['BENCH_TIMELINE'];

export async function runSession(order: SessionOrder): Promise<Session> {
  const { browser, link, source, swipes, dwellSeconds, onSwipe, turnsAfter = Infinity } = order;
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`${order.page}: ${error.message}`));
    await page.goto(`${ORIGIN}/page/${order.page}`, { timeout: 60_000 });
    await page.waitForFunction('window.session !== undefined');
    await drained(link);
    const before = await link.count();
    await ask(page, 'open', source, 15_000);
    const timeline = logFile === undefined ? null : await Timeline.open(page, logFile);
    const seen: SwipeSeen[] = [];
    const playedSeconds = new Map<number, number>();
    let [stallCount, stallMs] = [0, 0];
    for (let n = 0; n < swipes; n++) {
      await sleep(dwellSeconds() * 1_000);
      await untilReady(page);
      const [seconds, heightPx] = [await ask(page, 'playedSeconds'), await ask(page, 'heightPx')];
      playedSeconds.set(heightPx, (playedSeconds.get(heightPx) ?? 0) + seconds);
      const by = Math.floor(n / turnsAfter) % 2 === 0 ? 1 : -1;
      seen.push(await ask(page, 'swipe', by, SWIPE_LIMIT_MS));
      const stalls = await ask(page, 'stalls');
      stallCount += stalls.length;
      stallMs = stalls.reduce((sum, { lastedMs }) => sum + lastedMs, stallMs);
      await timeline?.add(n, { ...seen.at(-1), stalls });
      await onSwipe?.(page, n + 1);
    }
    const movedBytes = (await link.count()).toClientBytes - before.toClientBytes;
    return { swipes: seen, stalls: { count: stallCount, totalMs: stallMs }, movedBytes, playedSeconds };
  } finally {
    await context.close();
  }
}

async function untilReady(page: Page): Promise<void> {
  const until = performance.now() + READY_LIMIT_MS;
  while (performance.now() < until) {
    if (await ask(page, 'isNextReady')) return;
    await sleep(100);
  }
}

function ask<Name extends keyof SessionPage>(
  page: Page,
  name: Name,
  ...args: Parameters<SessionPage[Name]>
): Promise<Awaited<ReturnType<SessionPage[Name]>>> {
  return page.evaluate(
    ([asked, values]) => {
      const { session } = globalThis as unknown as {
        session: Record<string, (...args: readonly unknown[]) => unknown>;
      };
      return session[asked]?.(...values);
    },
    [name, args] as const,
  ) as Promise<Awaited<ReturnType<SessionPage[Name]>>>;
}
