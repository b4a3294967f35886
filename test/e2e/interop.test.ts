/** The pages of docs/interop and the one in docs/player.md, each from an origin of its own, against the platform. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../scripts/lib/paths.ts';
import { launchChromium } from '../player/support/browser.ts';
import { A_BROWSER } from '../support/as-browser.ts';
import { Backend } from './support/api.ts';
import { readyPlatform } from './support/ready.ts';

const CDN = 'https://cdn.jsdelivr.net/npm/';

let browser: Browser;
let server: Server;
let edge = '';
let token = '';
let series = '';
let episodes: string[] = [];
let backend: Backend;

beforeAll(async () => {
  const ready = await readyPlatform();
  edge = ready.edge;
  backend = new Backend(ready);
  token = await backend.viewerToken('interop');
  const [first] = (await backend.json<{ items: { id: string }[] }>('GET', '/v1/series')).items;
  series = first?.id ?? '';
  const { items } = await backend.json<{ items: { id: string }[] }>('GET', `/v1/series/${series}/episodes`);
  episodes = items.slice(0, 2).map(({ id }) => id);
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/player.html') return void response.setHeader('content-type', 'text/html').end(playerPage());
    readFile(inRoot('docs', 'interop', pathname.slice(1))).then(
      (bytes) => response.setHeader('content-type', pathname.endsWith('.css') ? 'text/css' : 'text/html').end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** As it stands in the manual, with the three things that a reader puts in. */
function playerPage(): string {
  const page = /```html\n(<!doctype html>[\s\S]*?)```/.exec(readFileSync(inRoot('docs', 'player.md'), 'utf8'))?.[1];
  return (page ?? '')
    .replaceAll('https://edge.example', edge)
    .replace('my-series', series)
    .replace('VIEWER_TOKEN', token);
}

async function open(path: string): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
  // A headless browser says that it is one, and what it tells of its views does not count.
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, userAgent: A_BROWSER });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  // The very files of that release; a test asks no network for them.
  await page.route(`${CDN}**`, (route) => {
    const [, name = '', rest = ''] = /^(.+?)@[\d.]+\/(.+)$/.exec(route.request().url().slice(CDN.length)) ?? [];
    return route.fulfill({ path: join(inRoot('node_modules'), name, rest) });
  });
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`);
  return { page, errors };
}

/** Of what is seen. */
const SECONDS = `(() => {
  const shown = [...document.querySelectorAll('video')].find((video) => video.checkVisibility());
  return shown === undefined ? 0 : shown.currentTime;
})()`;

interface Seen {
  readonly views: number;
  readonly curve: readonly { readonly viewers: number }[];
}

describe('in plain hls.js, from another origin', () => {
  it('a view counts as one in our own player does, by CMCD v2 events alone', async () => {
    const other = await backend.viewerToken('interop-cmcd');
    const seen = (): Promise<Seen> => backend.json<Seen>('GET', `/v1/analytics/episodes/${episodes[0]}/retention`);
    const before = await seen();
    const { page, errors } = await open(
      `hls.html#${new URLSearchParams({ edge, token: other, episodes: episodes[0] ?? '' })}`,
    );
    await expect.poll(() => page.evaluate(SECONDS), { timeout: 60_000 }).toBeGreaterThan(4);
    // What it has played is told when its state changes.
    await page.evaluate(() => document.querySelector('video')?.pause());
    await expect.poll(async () => (await seen()).views, { timeout: 30_000 }).toBe(before.views + 1);
    const viewers = async (): Promise<number> => (await seen()).curve[2]?.viewers ?? 0;
    await expect.poll(viewers, { timeout: 30_000 }).toBe((before.curve[2]?.viewers ?? 0) + 1);
    expect(errors).toEqual([]);
    await page.close();
  });
});

describe('by the playlist alone, from another origin', () => {
  for (const name of ['hls', 'shaka', 'video']) {
    it(`${name}.html plays an episode, and the next one that it has fetched before`, async () => {
      const fragment = new URLSearchParams({ edge, token, episodes: episodes.join(',') });
      const { page, errors } = await open(`${name}.html#${fragment}`);
      await expect.poll(() => page.evaluate(SECONDS), { timeout: 60_000 }).toBeGreaterThan(1);
      await page.click('#next');
      await expect.poll(() => page.evaluate(SECONDS), { timeout: 60_000 }).toBeLessThan(1);
      await expect.poll(() => page.evaluate(SECONDS), { timeout: 60_000 }).toBeGreaterThan(1);
      expect(await page.evaluate(() => document.body.dataset['error'] ?? null)).toBe(null);
      expect(errors).toEqual([]);
      await page.close();
    });
  }
});

describe('the page of docs/player.md', () => {
  it('plays as it is copied, from an origin that is not the edge', async () => {
    const { page, errors } = await open('player.html');
    await page.locator('[data-startup-ms]').first().waitFor({ timeout: 60_000 });
    await expect
      .poll(() => page.getByTestId('video').evaluate((video: HTMLVideoElement) => video.currentTime))
      .toBeGreaterThan(0.3);
    expect(errors).toEqual([]);
    await page.close();
  });
});
