/** `cbcs` from the lease to the screen: our encryption, the edge's license, Chromium's own decryption. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedWire } from '#core/catalog/feed-wire.ts';
import { inRoot } from '../../scripts/lib/paths.ts';
import type { Ready } from '../../scripts/start/ready-file.ts';
import { launchChromium } from '../player/support/browser.ts';
import { Backend } from './support/api.ts';
import { makeSource } from './support/make-source.ts';
import { readyPlatform } from './support/ready.ts';

const run = promisify(execFile);
const SECONDS = 6;
const SLUG = 'clear-key';

let ready: Ready;
let browser: Browser;
let url = '';
let licenseUrl = '';
const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-clear-key-'));

beforeAll(async () => {
  ready = await readyPlatform();
  const backend = new Backend(ready);
  await backend.json('POST', '/v1/series', { slug: SLUG, title: 'Clear Key', protection: 'cbcs' });
  const { id } = await backend.json<{ id: string }>('POST', `/v1/series/${SLUG}/episodes`, { number: 1, title: 'One' });
  await backend.send(
    'PUT',
    `/v1/episodes/${id}/source`,
    new Uint8Array(readFileSync(await makeSource(folder, SECONDS))),
  );
  while ((await backend.json<{ state: string }>('GET', `/v1/episodes/${id}`)).state === 'processing') await sleep(250);
  await backend.json('POST', `/v1/episodes/${id}/publish`);
  const token = await backend.viewerToken('clear-key');
  url = `${ready.edge}/v1/episodes/${id}/playlist.m3u8?token=${token}`;
  const feed = await fetch(`${ready.edge}/v1/feed?series=${SLUG}&token=${token}`);
  licenseUrl = ((await feed.json()) as FeedWire).items[0]?.playback?.licenseUrl ?? '';
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser?.close();
});

interface Played {
  readonly errors: readonly string[];
  readonly frames: number;
  readonly seconds: number;
  readonly levels: readonly number[];
}

/** Plays in hls.js as it comes; `license` is what a CDM's request is sent to. */
async function play(license: string): Promise<Played> {
  const page = await browser.newPage();
  // Key systems are for secure contexts: our own origin on this machine is one.
  await page.goto(`${ready.edge.replace('127.0.0.1', 'localhost')}/health`);
  await page.addScriptTag({ path: inRoot('node_modules', 'hls.js', 'dist', 'hls.min.js') });
  const played = await page.evaluate(`(${PLAY})(${JSON.stringify(url)}, ${JSON.stringify(license)})`);
  await page.close();
  return played as Played;
}

describe('an episode of a series under cbcs', () => {
  it('plays to its end in Chromium, with the license of the feed and through a change of level', async () => {
    const played = await play(licenseUrl);
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(SECONDS, 0);
    expect(played.frames).toBeGreaterThan(SECONDS * 24 * 0.8);
    expect(new Set(played.levels).size).toBeGreaterThan(1);
  });

  it('shows not one frame with another key', async () => {
    const { kid } = await licensedKey();
    const k = Buffer.alloc(16, 0x5a).toString('base64url');
    const wrong = JSON.stringify({ keys: [{ kty: 'oct', kid, k }], type: 'temporary' });
    const played = await play(`data:application/json,${encodeURIComponent(wrong)}`);
    expect(played.frames).toBe(0);
    expect(played.errors.length).toBeGreaterThan(0);
  });

  it('is noise in its bucket, and ffmpeg decodes it with the key and not without', async () => {
    const { k } = await licensedKey();
    const media = await mediaUrl();
    const bytes = async (file: string): Promise<Buffer> =>
      Buffer.from(await (await fetch(new URL(file, media))).arrayBuffer());
    const file = path.join(folder, 'segment.mp4');
    writeFileSync(file, Buffer.concat([await bytes('init.mp4'), await bytes('1.m4s')]));
    const args = (key: string): string[] => [
      '-v',
      'error',
      '-xerror',
      '-decryption_key',
      key,
      '-i',
      file,
      '-f',
      'null',
      '-',
    ];
    const ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
    await run(ffmpeg, args(Buffer.from(k, 'base64url').toString('hex')));
    await expect(run(ffmpeg, args('5a'.repeat(16)))).rejects.toThrow();
  });
});

async function mediaUrl(): Promise<string> {
  const text = await (await fetch(url)).text();
  return new URL(text.split('\n').find((line) => line.startsWith('/m/')) ?? '', ready.edge).href;
}

async function licensedKey(): Promise<{ readonly kid: string; readonly k: string }> {
  const playlist = await (await fetch(await mediaUrl())).text();
  const hex = /KEYID=0x([0-9a-f]{32})/.exec(playlist)?.[1] ?? '';
  const body = JSON.stringify({ kids: [Buffer.from(hex, 'hex').toString('base64url')], type: 'temporary' });
  const answer = await (await fetch(licenseUrl, { method: 'POST', body })).json();
  const [key] = (answer as { keys: { kid: string; k: string }[] }).keys;
  if (key === undefined) throw new Error(`no license: ${JSON.stringify(answer)}`);
  return key;
}

/** In the page, as text, as it knows only that page. After a second it asks for another level, as the choice by bandwidth would. */
const PLAY = `(url, licenseUrl) => new Promise((resolve) => {
  const errors = [];
  const levels = [];
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const end = () => resolve({
    errors, levels, seconds: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames,
  });
  const hls = new Hls({ emeEnabled: true, drmSystems: { 'org.w3.clearkey': { licenseUrl } }, maxBufferLength: 2, maxBufferSize: 1 });
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) end(); });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => levels.push(level));
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play().catch(() => {}));
  video.addEventListener('timeupdate', () => {
    if (video.currentTime > 1 && levels.length === 1) hls.loadLevel = levels[0] === 0 ? 1 : 0;
  });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;
