/** A page of the site in a browser, against an edge double: the demo page where a test names no other. Exports live: read them late. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildSite } from '../../../player/build.ts';
import { launchChromium } from './browser.ts';
import { EdgeDouble, type EdgeDoubleOptions } from './edge-double.ts';
import { sampleMedia } from './sample-media.ts';

export const EPISODES = 6;
export const SECONDS = 12;
export const PREVIEW_SECONDS = 2;

const SERIES: Omit<EdgeDoubleOptions, 'media' | 'site' | 'freeEpisodes' | 'coins' | 'isDemo'> = {
  episodes: EPISODES,
  seconds: SECONDS,
  previewSeconds: PREVIEW_SECONDS,
  lockedEpisodes: [3],
  price: 10,
};

let browser: Browser;
let media: string;
let site: string;
export let edge: EdgeDouble;
let context: BrowserContext | null = null;
export let page: Page;
let pageErrors: string[];

interface Options {
  readonly freeEpisodes?: number;
  readonly coins?: number;
  readonly isDemo?: boolean;
  readonly change?: (edge: EdgeDouble) => void;
  readonly browser?: BrowserContextOptions;
  /** Runs before any script of the page. */
  readonly init?: string | (() => void);
  readonly path?: string;
}

export async function open({
  freeEpisodes = EPISODES,
  coins = 15,
  isDemo = true,
  change,
  browser: more,
  init,
  path = '/',
}: Options = {}): Promise<void> {
  context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, ...more });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => pageErrors.push(error.message));
  // A violation of the CSP is reported on the console. hls.js gives its caption tracks an empty file that nobody needs.
  page.on('console', (message) => {
    const text = message.text();
    if (text.includes('Content Security Policy') && !text.includes('data:,WEBVTT')) pageErrors.push(text);
  });
  if (init !== undefined) await page.addInitScript(init);
  edge = new EdgeDouble({ media, site, ...SERIES, freeEpisodes, coins, isDemo });
  change?.(edge);
  await edge.listen();
  await page.goto(edge.origin + path);
}

export const slide = (number: number) => page.locator(`[data-testid=slide][data-episode-number="${number}"]`);
export const active = (number: number) => slide(number).and(page.locator('[data-active]')).waitFor();
export const started = (number: number) => page.waitForSelector(`[data-episode-number="${number}"][data-startup-ms]`);
export const video = () => page.getByTestId('video');
export const read = <Value>(script: (element: HTMLVideoElement) => Value): Promise<Value> => video().evaluate(script);
export const position = () => read((element) => element.currentTime);
/** What the edge was asked for. */
export const asked = (what: RegExp): string[] => edge.requests.filter((request) => what.test(request));
export const isPaused = () => read((element) => element.paused);
export const isMuted = () => read((element) => element.muted);
/** Deep inside shadow roots. */
export const focused = (): Promise<string> =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.getAttribute('aria-label') ?? at?.getAttribute('data-testid') ?? at?.textContent ?? '';
  });
export const eventually = <Value>(readValue: () => Value | Promise<Value>) =>
  expect.poll(readValue, { timeout: 15_000 });

/** `addTo`: what else has to lie in the site. */
export function useElementRig(addTo?: (site: string) => Promise<void>): void {
  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'cliffhanger-element-test-'));
    [browser, media] = await Promise.all([
      launchChromium(),
      sampleMedia({ episodes: EPISODES, seconds: SECONDS }),
      buildSite({ outdir: site, minify: true }).then(() => addTo?.(site)),
    ]);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await rm(site, { recursive: true });
  });

  beforeEach(() => {
    pageErrors = [];
  });

  afterEach(async () => {
    await context?.close();
    await edge.close();
    expect(pageErrors).toEqual([]);
  });
}
