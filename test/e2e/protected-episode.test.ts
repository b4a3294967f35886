import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../scripts/lib/paths.ts';
import type { Ready } from '../../scripts/start/ready-file.ts';
import { launchChromium } from '../player/support/browser.ts';
import { Backend } from './support/api.ts';
import { makeSource } from './support/make-source.ts';
import { readyPlatform } from './support/ready.ts';

const run = promisify(execFile);
const SECONDS = 6;
const SLUG = 'protected';
const PREVIEW_SECONDS = 2;

let ready: Ready;
let browser: Browser;
let buyer = '';
let playlistUrl = '';
const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-protected-'));

beforeAll(async () => {
  ready = await readyPlatform();
  const backend = new Backend(ready);
  await backend.json('POST', '/v1/series', { slug: SLUG, title: 'Protected', protection: 'aes-128' });
  const policy = { coinPrice: 10, previewSeconds: PREVIEW_SECONDS };
  await backend.json('PUT', `/v1/series/${SLUG}/access`, policy);
  const { id } = await backend.json<{ id: string }>('POST', `/v1/series/${SLUG}/episodes`, { number: 1, title: 'One' });
  await backend.send(
    'PUT',
    `/v1/episodes/${id}/source`,
    new Uint8Array(readFileSync(await makeSource(folder, SECONDS))),
  );
  while ((await backend.json<{ state: string }>('GET', `/v1/episodes/${id}`)).state === 'processing') await sleep(250);
  await backend.json('POST', `/v1/episodes/${id}/publish`);
  await backend.json('POST', '/v1/viewers/protected/grants', { scope: 'all' });
  const token = await backend.viewerToken('protected');
  playlistUrl = `${ready.edge}/v1/episodes/${id}/playlist.m3u8?token=${token}`;
  const idempotency = { 'Idempotency-Key': 'protected-buyer' };
  await backend.json('POST', '/v1/viewers/protected-buyer/credits', { coins: 10, kind: 'paid' }, idempotency);
  buyer = await backend.viewerToken('protected-buyer');
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser?.close();
});

describe('an episode of a protected series', () => {
  it('is encrypted where it is stored', async () => {
    const multivariant = await (await fetch(playlistUrl)).text();
    const media = new URL(multivariant.split('\n').find((line) => line.startsWith('/m/')) ?? '', ready.edge);
    expect(await (await fetch(media)).text()).toContain('#EXT-X-KEY:METHOD=AES-128,URI="../');
    const segment = Buffer.from(await (await fetch(new URL('0.m4s', media))).arrayBuffer());
    expect(segment.length).toBeGreaterThan(1_000);
    expect(segment.includes('moof')).toBe(false);
  });

  it('plays by URL alone in ffmpeg, to its end and without an error', async () => {
    const args = [
      '-v',
      'error',
      '-xerror',
      '-i',
      playlistUrl,
      '-map',
      '0:v:0',
      '-progress',
      'pipe:1',
      '-f',
      'null',
      '-',
    ];
    const { stdout, stderr } = await run(process.env['FFMPEG_PATH'] ?? 'ffmpeg', args, { timeout: 60_000 });
    expect(stderr).toBe('');
    expect(Number([...stdout.matchAll(/out_time_ms=(\d+)/g)].at(-1)?.[1]) / 1_000_000).toBeCloseTo(SECONDS, 0);
  });

  it('plays by URL alone in hls.js as it comes, and asks for its key once', async () => {
    const page = await browser.newPage();
    const keys: string[] = [];
    page.on('request', (request) => void (request.url().endsWith('.key') && keys.push(request.url())));
    await page.goto(`${ready.edge}/health`);
    await page.addScriptTag({ path: inRoot('node_modules', 'hls.js', 'dist', 'hls.min.js') });
    const errors = await page.evaluate(`(${PLAY_TO_END})(${JSON.stringify(playlistUrl)})`);
    expect(errors).toEqual([]);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(1);
    await page.close();
  });

  it('plays its preview in our own player, and past it in the same media element once it is unlocked', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(`${ready.player.replace(/[?#].*/, '')}?series=${SLUG}#token=${buyer}`);
    await page.waitForSelector('[data-testid=paywall]', { state: 'visible' });
    const video = page.locator('[data-testid=video]');
    const at = (): Promise<number> => video.evaluate((element) => (element as HTMLVideoElement).currentTime);
    expect(Math.abs((await at()) - PREVIEW_SECONDS)).toBeLessThan(0.3);
    await video.evaluate((element) => element.setAttribute('data-first', ''));
    await page.click('[data-testid=unlock]');
    await expect.poll(at, { timeout: 15_000 }).toBeGreaterThan(PREVIEW_SECONDS + 1);
    expect(await video.getAttribute('data-first')).toBe('');
    await page.close();
  });
});

/** In the page: plays the URL until it ends and returns what hls.js said went wrong. As text, as it knows only that page. */
const PLAY_TO_END = `(url) => new Promise((resolve) => {
  const errors = [];
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) resolve(errors); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play());
  video.addEventListener('ended', () => resolve(errors));
  setTimeout(() => resolve([...errors, 'did not end: ' + video.currentTime]), 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;
