import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ready } from '../../scripts/start/ready-file.ts';
import { launchChromium } from '../player/support/browser.ts';
import { readyPlatform } from './support/ready.ts';

/** As the sample's policy has it: three free, the rest ten coins behind six seconds of preview. */
const FREE_EPISODES = 3;
const PREVIEW_SECONDS = 6;
/** How far a stopped picture may be from the policy's second: a few frames. */
const STOP_TOLERANCE_SECONDS = 0.3;

let ready: Ready;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  ready = await readyPlatform();
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 390, height: 844 } });
}, 300_000);
afterAll(async () => browser?.close());

describe('the sample drama in a browser', () => {
  it('plays the first free episode as soon as the page is open', async () => {
    await page.goto(ready.player);
    await page.waitForSelector('[data-testid=video]');
    await untilTime((time) => time > 0.5);
    const before = await page.screenshot();
    const startTime = await currentTime();
    await sleep(1_000);
    const after = await page.screenshot();
    expect(await currentTime()).toBeGreaterThan(startTime + 0.5);
    expect(before.equals(after)).toBe(false);
  });

  it('goes on to the next episode on a swipe', async () => {
    for (let number = 2; number <= FREE_EPISODES + 1; number++) {
      await page.keyboard.press('ArrowDown');
      await activeEpisode(number);
      await untilTime((time) => time > 0.2);
    }
    expect(await page.getAttribute(slideOf(FREE_EPISODES + 1), 'data-access')).toBe('preview');
  });

  it('stops the locked one at the second that the policy says, and shows what it costs', async () => {
    await page.waitForSelector('[data-testid=paywall]', { state: 'visible' });
    const stoppedAt = await currentTime();
    expect(Math.abs(stoppedAt - PREVIEW_SECONDS)).toBeLessThan(STOP_TOLERANCE_SECONDS);
    await sleep(1_500);
    expect(Math.abs((await currentTime()) - stoppedAt)).toBeLessThan(STOP_TOLERANCE_SECONDS);
    expect(await page.textContent('[data-testid=unlock]')).toMatch(/10 coins/);
    expect(await page.textContent('[data-testid=balance]')).toMatch(/25/);
  });

  it('unlocks it with coins and goes on past that second in the same media element', async () => {
    const video = await page.locator('[data-testid=video]').elementHandle();
    await page.click('[data-testid=unlock]');
    await untilTime((time) => time > PREVIEW_SECONDS + 1);
    const now = await page.locator('[data-testid=video]').elementHandle();
    expect(await page.evaluate(([before, after]) => before === after, [video, now])).toBe(true);
    expect(await page.getAttribute(slideOf(FREE_EPISODES + 1), 'data-access')).toBe('full');
    expect(await page.isVisible('[data-testid=paywall]')).toBe(false);
  });

  it('has taken the price once', async () => {
    expect(await page.textContent('[data-testid=wallet]')).toMatch(/15/);
  });
});

function slideOf(number: number): string {
  return `[data-testid=slide][data-episode-number="${number}"]`;
}

async function activeEpisode(number: number): Promise<void> {
  await page.waitForSelector(`${slideOf(number)} [data-testid=video]`, { state: 'attached' });
}

async function currentTime(): Promise<number> {
  return page.locator('[data-testid=video]').evaluate((video) => (video as HTMLVideoElement).currentTime);
}

async function untilTime(reached: (time: number) => boolean, limitMs = 15_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (reached(await currentTime())) return;
    await sleep(50);
  }
  throw new Error(`the picture stands at ${await currentTime()} s after ${limitMs} ms`);
}
