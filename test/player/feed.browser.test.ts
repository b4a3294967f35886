import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildSite } from '../../player/build.ts';
import { launchChromium } from './support/browser.ts';
import { EdgeDouble } from './support/edge-double.ts';
import { sampleMedia } from './support/sample-media.ts';

const EPISODES = 6;
const SECONDS = 12;
const PREVIEW_SECONDS = 2;

let browser: Browser;
let media: string;
let site: string;
let edge: EdgeDouble;
let context: BrowserContext;
let page: Page;
let pageErrors: string[];

async function open(
  options: {
    readonly isDemo?: boolean;
    readonly coins?: number;
    readonly freeEpisodes?: number;
    readonly heartbeatSeconds?: number;
  } = {},
): Promise<void> {
  edge = new EdgeDouble({
    media,
    site,
    episodes: EPISODES,
    seconds: SECONDS,
    freeEpisodes: options.freeEpisodes ?? 1,
    previewSeconds: PREVIEW_SECONDS,
    lockedEpisodes: [3],
    coins: options.coins ?? 15,
    price: 10,
    isDemo: options.isDemo ?? true,
  });
  edge.heartbeatSeconds = options.heartbeatSeconds ?? null;
  await edge.listen();
  await page.goto(edge.origin);
}

const slide = (number: number) => page.locator(`[data-testid=slide][data-episode-number="${number}"]`);
const video = () => page.getByTestId('video');
const position = (): Promise<number> => video().evaluate((element: HTMLVideoElement) => element.currentTime);
const startupMs = async (number: number): Promise<number> => {
  await page.waitForSelector(`[data-episode-number="${number}"][data-startup-ms]`);
  return Number(await slide(number).getAttribute('data-startup-ms'));
};

/** The poll of vitest gives up after 1 s, which a busy machine can need for one frame. */
const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 15_000 });

beforeAll(async () => {
  site = await mkdtemp(join(tmpdir(), 'cliffhanger-player-test-'));
  [browser, media] = await Promise.all([
    launchChromium(),
    sampleMedia({ episodes: EPISODES, seconds: SECONDS }),
    buildSite({ outdir: site, minify: true }),
  ]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await rm(site, { recursive: true });
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  pageErrors = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  // A violation of the CSP is reported on the console.
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) pageErrors.push(message.text());
  });
});

afterEach(async () => {
  await context.close();
  await edge.close();
  expect(pageErrors).toEqual([]);
});

describe('a viewer in a real browser', { timeout: 60_000 }, () => {
  test('opens the page and the first episode plays, without a playlist request', async () => {
    await open();
    expect(await startupMs(1)).toBeGreaterThan(0);
    await eventually(position).toBeGreaterThan(0.3);
    expect(edge.requests.filter((request) => request.endsWith('.m3u8'))).toEqual([]);
  });

  test('swipes, and the next episode was warm: no more than three media elements are ever made', async () => {
    await open({ freeEpisodes: EPISODES });
    await startupMs(1);
    for (const number of [2, 3, 4]) {
      // Segments of the next episode come while the current one plays.
      await eventually(() => edge.requests.some((request) => request.includes(`/ep${number}/1/v`))).toBe(true);
      await page.waitForTimeout(400);
      await page.getByTestId('feed').evaluate((feed) => feed.scrollBy({ top: feed.clientHeight, behavior: 'smooth' }));
      await startupMs(number);
      expect(await slide(number).getAttribute('data-warm')).toBe('true');
    }
    expect(await page.locator('video').count()).toBeLessThanOrEqual(3);
  });

  test('sees the paywall when the preview ends, unlocks, and the same video goes on without a gap', async () => {
    await open();
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    expect(await page.getByTestId('balance').textContent()).toBe('15 coins');
    const stoppedAt = await position();
    expect(stoppedAt).toBeGreaterThan(PREVIEW_SECONDS - 0.5);
    expect(stoppedAt).toBeLessThanOrEqual(PREVIEW_SECONDS);
    const before = await video().elementHandle();
    const source = await video().evaluate((element: HTMLVideoElement) => element.src);
    await page.getByRole('button', { name: 'Unlock for 10 coins' }).click();
    await slide(2).and(page.locator('[data-unlock-ms]')).waitFor();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 1);
    expect(await video().evaluate((element, other) => element === other, before)).toBe(true);
    // The same MediaSource: nothing was emptied, so no black frame could show.
    expect(await video().evaluate((element: HTMLVideoElement) => element.src)).toBe(source);
    expect(await video().evaluate((element: HTMLVideoElement) => element.buffered.start(0))).toBe(0);
    expect(await slide(2).getAttribute('data-access')).toBe('full');
    expect(await page.getByTestId('paywall').isVisible()).toBe(false);
    expect(edge.coins).toBe(5);
  });

  test('says "Not now", swipes on, and comes to a locked episode that has no preview', async () => {
    await open();
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('not-now').click();
    expect(await page.getByTestId('paywall').isVisible()).toBe(false);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    expect(await slide(3).getAttribute('data-access')).toBe('locked');
    await page.getByTestId('unlock').click();
    await startupMs(3);
    await eventually(position).toBeGreaterThan(0.2);
  });

  test('is told how many coins are missing, takes the demo coins and goes on', async () => {
    await open({ coins: 4 });
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByText('You need 6 coins more.').waitFor();
    await page.getByRole('button', { name: 'Get 50 coins (demo)' }).click();
    await page.getByText('54 coins', { exact: true }).waitFor();
    await page.getByTestId('unlock').click();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.2);
    expect(edge.coins).toBe(44);
  });

  test('notices nothing when the media pass lapses in the middle of an episode', async () => {
    await open();
    await startupMs(1);
    edge.expirePasses();
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 9.5));
    await eventually(position).toBeGreaterThan(10);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
  });

  test('without a network is told so, and the feed comes back with a press of the button', async () => {
    await open();
    await startupMs(1);
    await page.route('**/v1/feed?**', (route) => route.abort());
    await page.reload();
    await page.getByTestId('error').getByText('The video service does not answer').waitFor();
    await page.unroute('**/v1/feed?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await startupMs(1);
  });

  test('whose segments fail is told so and can try again', async () => {
    await open();
    await startupMs(1);
    edge.segmentsFail = true;
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 10.5));
    await page.getByTestId('error').waitFor({ state: 'visible' });
    edge.segmentsFail = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(position).toBeGreaterThan(0.2);
  });

  test('keeps a place while something plays, and gives it back on leaving', async () => {
    await open({ heartbeatSeconds: 0.2 });
    await startupMs(1);
    const beats = () => edge.requests.filter((request) => request === 'POST /v1/me/heartbeat').length;
    await eventually(beats).toBeGreaterThan(2);
    await page.keyboard.press(' ');
    await page.waitForTimeout(300);
    const before = beats();
    await page.waitForTimeout(1_000);
    expect(beats(), 'while paused').toBe(before);
    expect(edge.requests).not.toContain('DELETE /v1/me/session');
    await page.goto('about:blank');
    await eventually(() => edge.requests).toContain('DELETE /v1/me/session');
  });

  test('who watches on another device is told so, the video stops, and it goes on once there is room', async () => {
    await open({ heartbeatSeconds: 0.2 });
    await startupMs(1);
    edge.isFull = true;
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
    expect(await video().evaluate((element: HTMLVideoElement) => element.paused)).toBe(true);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
    edge.isFull = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(() => video().evaluate((element: HTMLVideoElement) => element.paused)).toBe(false);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
    edge.isFull = true;
    await page.reload();
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
  });

  test('sends no heartbeat where streams are not counted', async () => {
    await open();
    await startupMs(1);
    await eventually(position).toBeGreaterThan(1);
    await page.goto('about:blank');
    expect(edge.requests.filter((request) => /heartbeat|session$/.test(request) && !request.includes('demo'))).toEqual(
      [],
    );
  });

  test('finds out how to pass a token where there is no demo', async () => {
    await open({ isDemo: false });
    await page.getByTestId('error').getByText('#token=').waitFor();
    await page.goto(`${edge.origin}/?series=harbour-lights#token=viewer-token`);
    await page.reload();
    await startupMs(1);
  });

  test('is taken to the next episode at the end of one, and the view tells what was watched', async () => {
    await open();
    await startupMs(1);
    await eventually(() => video().evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(0.5);
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 10.8));
    await slide(2).and(page.locator('[data-active]')).waitFor();
    await page.goto('about:blank');
    await eventually(() => [...edge.views.values()].find((view) => view.episodeId === 'ep1')?.leftBy).toBe('end');
    const view = [...edge.views.values()].find((candidate) => candidate.episodeId === 'ep1');
    expect(view).toMatchObject({ ended: true });
    expect(view?.watched).toHaveLength(2);
  });
});
