/** BENCH_TIMELINE=FILE: what was asked for around each swipe and when it came, one line of JSON a swipe. */
import { appendFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

export class Timeline {
  readonly #page: Page;
  readonly #file: string;

  private constructor(page: Page, file: string) {
    this.#page = page;
    this.#file = file;
  }

  static async open(page: Page, file: string): Promise<Timeline> {
    await page.evaluate(WATCH);
    return new Timeline(page, file);
  }

  async add(swipe: number, seen: object): Promise<void> {
    const what = await this.#page.evaluate('window.timeline()');
    appendFileSync(this.#file, `${JSON.stringify({ swipe, ...seen, ...(what as object) })}\n`);
  }
}

const WATCH = `(() => {
  performance.setResourceTimingBufferSize(10_000);
  const plans = [];
  document.querySelector('micro-drama-feed')?.addEventListener('preloadplan', ({ detail }) =>
    plans.push([Math.round(performance.now()), detail.action.kind, detail.action.item, detail.action.segment ?? -1]));
  window.timeline = () => {
    const requests = performance.getEntriesByType('resource').map(({ name, startTime, responseStart, responseEnd, transferSize, responseStatus }) => ({
      name: name.replace(/^https:..[^/]*/, '').replace(/^.m.[^/]*.([^/]{1,6})[^/]*.[^/]*/, '$1').slice(0, 60),
      at: Math.round(startTime), first: Math.round(responseStart), end: Math.round(responseEnd), bytes: transferSize, status: responseStatus,
    }));
    performance.clearResourceTimings();
    return { now: Math.round(performance.now()), requests, plans: plans.splice(0) };
  };
})()`;
