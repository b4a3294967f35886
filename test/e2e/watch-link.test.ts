/** A link that somebody shared, opened cold in Chromium: the first frame is there before any player is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedWire } from '#core/catalog/feed-wire.ts';
import type { Ready } from '../../scripts/start/ready-file.ts';
import { launchChromium } from '../player/support/browser.ts';
import { readyPlatform } from './support/ready.ts';

let ready: Ready;
let browser: Browser;
let page: Page;
let episodeId = '';
const requested: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  ready = await readyPlatform();
  const session = await fetch(new URL('/v1/demo/session', ready.player), { method: 'POST' });
  const { token, series } = (await session.json()) as { token: string; series: string };
  const feed = await fetch(new URL(`/v1/feed?series=${series}&token=${token}`, ready.player));
  episodeId = ((await feed.json()) as FeedWire).items[0]?.episode.id ?? '';
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.on('request', (request) => void requested.push(new URL(request.url()).pathname));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => void complaints.push(String(error)));
}, 300_000);
afterAll(async () => browser?.close());

const currentTime = (): Promise<number> => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
const frames = (): Promise<number> =>
  page.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);

describe('a shared link', () => {
  it('shows the first frame out of the page itself, before a player or a segment was asked for', async () => {
    await page.goto(new URL(`/watch/${episodeId}`, ready.player).href, { waitUntil: 'commit' });
    await page.waitForFunction(() => performance.getEntriesByName('first-frame').length > 0);
    const order = await page.evaluate(() => ({
      frameMs: performance.getEntriesByName('first-frame')[0]?.startTime ?? Number.POSITIVE_INFINITY,
      others: performance
        .getEntriesByType('resource')
        .filter(({ name }) => !name.endsWith('/poster.jpg'))
        .map(({ name, startTime }) => ({ path: new URL(name).pathname, startTime })),
    }));
    for (const { path, startTime } of order.others) expect(startTime, path).toBeGreaterThanOrEqual(order.frameMs);
  });

  it('comes in whole fragments: the browser waits after each script, and shows nothing of less', async () => {
    const openings = await page.evaluate(() => {
      const { files } = (window as { cliffhangerBoot?: { files: Record<string, (Uint8Array | null)[]> } })
        .cliffhangerBoot ?? { files: {} };
      const pieces = Object.entries(files).find(([path]) => path.endsWith('/0.m4s'))?.[1] ?? [];
      return pieces.filter((piece) => piece !== null).map((piece) => String.fromCharCode(...piece.subarray(4, 8)));
    });
    expect(openings.length).toBeGreaterThan(3);
    expect(openings).toEqual(['styp', ...openings.slice(1).map(() => 'moof')]);
  });

  it('plays on in the same element when the player has taken over, beyond what came with the page', async () => {
    const before = await page.evaluate(() => document.querySelector('video')?.src);
    await expect.poll(currentTime, { timeout: 20_000, interval: 100 }).toBeGreaterThan(4);
    expect(await page.evaluate(() => document.querySelector('video')?.src)).toBe(before);
    const [seen, at] = [await frames(), await currentTime()];
    await sleep(1_000);
    expect(await frames()).toBeGreaterThan(seen + 10);
    expect(await currentTime()).toBeGreaterThan(at + 0.5);
    const came = await page.evaluate(() =>
      Object.keys((window as { cliffhangerBoot?: { files: object } }).cliffhangerBoot?.files ?? {}),
    );
    expect(came).toHaveLength(3);
    const again = requested.filter((path) => came.some((file) => path.endsWith(`/${file}`)));
    expect(again, 'what came with the page').toEqual([]);
    expect(requested.some((path) => path.endsWith('/2.m4s'))).toBe(true);
  });

  it('breaks no rule of its Content-Security-Policy, and throws nothing', () => {
    expect(complaints).toEqual([]);
  });

  it('plays without JavaScript, as far as the browser plays HLS', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(new URL(`/watch/${episodeId}`, ready.player).href);
    expect(await plain.locator('video.start').isVisible()).toBe(false);
    expect(await plain.locator('noscript video').getAttribute('src')).toMatch(/^\/m\/.*\/multivariant\.m3u8$/);
    await context.close();
  });
});
