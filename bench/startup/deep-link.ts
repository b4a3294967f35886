/**
 * A link from outside: a browser that has nothing, from the start of the navigation to the first frame. The connection, TLS,
 * the page and its scripts are all part of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { ORIGIN, VIEWPORT } from './browser.ts';
import { HLS_JS_2S, MP4, OURS, sourceOf } from './candidates.ts';
import { START_LIMIT_MS, type Starts, type StartsOrder } from './grid.ts';
import { drained } from './link/link.ts';
import { shuffled } from './random.ts';

export interface DeepLinkOrder extends StartsOrder {
  /** Path of our page for the episode. */
  readonly oursPath: string;
}

export async function measureDeepLinks(order: DeepLinkOrder): Promise<Starts> {
  const { link, network, runs, random, rendition, say } = order;
  link.shape(network);
  const peer = (page: string, path: string) => (): string => `/page/${page}.html?src=${sourceOf(path).url}`;
  const links: readonly (readonly [string, () => string])[] = [
    [OURS, () => order.oursPath],
    [HLS_JS_2S, peer('link-hls-js', `hls2/${rendition}.m3u8`)],
    [MP4, peer('link-mp4', `mp4/${rendition}.mp4`)],
  ];
  const starts: Starts = new Map(links.map(([name]) => [name, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [name, path] of shuffled(links, random)) {
      starts.get(name)?.push(await follow(order, path()));
    }
    say(`${network.name}: deep links ${run} of ${runs}`);
  }
  return starts;
}

/** A context of its own: its own connections, TLS sessions and caches. */
async function follow({ browser, link }: StartsOrder, path: string): Promise<number> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await drained(link);
    await page.goto(ORIGIN + path, { waitUntil: 'commit', timeout: 30_000 });
    return await firstFrame(page);
  } finally {
    await context.close();
  }
}

/** Asked for from outside: the page's own policy allows no code that is put into it. */
async function firstFrame(page: Page): Promise<number> {
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until) {
    const ms = await page.evaluate(() => (globalThis as { benchFirstFrameMs?: number }).benchFirstFrameMs ?? null);
    if (ms !== null) return ms;
    await sleep(ASK_EVERY_MS);
  }
  return Number.NaN;
}

const ASK_EVERY_MS = 100;

/** As page/frames.ts, and small: it is read before the page is. Milliseconds since the navigation began. */
const WATCH = `(() => {
  const watch = (video) => {
    if (video.benchWatched) return;
    video.benchWatched = true;
    video.requestVideoFrameCallback(() => { window.benchFirstFrameMs ??= performance.now(); });
  };
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const made = create(name, options);
    if (made instanceof HTMLVideoElement) watch(made);
    return made;
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this instanceof HTMLVideoElement) watch(this);
    return play.call(this);
  };
  new MutationObserver((records) => {
    for (const record of records) for (const node of record.addedNodes) {
      if (node instanceof HTMLVideoElement) watch(node);
      else if (node instanceof Element) node.querySelectorAll('video').forEach(watch);
    }
  }).observe(document, { childList: true, subtree: true });
})();`;
