/** A dub through everything that runs: the Workers, the bucket, the transcoder and its ffmpeg. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../player/support/browser.ts';
import { Backend } from './support/api.ts';
import { makeSource } from './support/make-source.ts';
import { readyPlatform } from './support/ready.ts';

const run = promisify(execFile);
const SECONDS = 6;
const WAIT = { timeout: 30_000 };
/** In a page. */
const FEED = `document.querySelector('micro-drama-feed')?.feed`;
const ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-dub-'));

let backend: Backend;
let edge: string;
let player: string;
let episode: string;
let playlistUrl: string;

interface Job {
  readonly id: string;
  readonly state: string;
  readonly failure: { readonly code: string } | null;
}

beforeAll(async () => {
  const ready = await readyPlatform();
  ({ edge, player } = ready);
  backend = new Backend(ready);
  await backend.json('POST', '/v1/series', { slug: 'dubbed', title: 'Dubbed', protection: 'aes-128' });
  const made = await backend.json<{ id: string }>('POST', '/v1/series/dubbed/episodes', { number: 1, title: 'One' });
  episode = made.id;
  await upload(`/v1/episodes/${episode}/source`, await makeSource(folder, SECONDS));
  await backend.json('POST', `/v1/episodes/${episode}/publish`);
  await backend.json('POST', '/v1/viewers/dubbed/grants', { scope: 'all' });
  playlistUrl = `${edge}/v1/episodes/${episode}/playlist.m3u8?token=${await backend.viewerToken('dubbed')}`;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function upload(to: string, file: string): Promise<Job> {
  const answer = await backend.send('PUT', to, new Uint8Array(readFileSync(file)));
  const { job } = (await answer.json()) as { job: Job };
  for (;;) {
    const now = await backend.json<Job>('GET', `/v1/jobs/${job.id}`);
    if (now.state === 'succeeded' || now.state === 'failed') return now;
    await sleep(250);
  }
}

const multivariant = async (): Promise<string> => (await fetch(playlistUrl)).text();

/** Every frame of each rung: when it is shown, and the hash of its pixels. */
async function pictures(): Promise<string[]> {
  const rungs = (await multivariant()).split('\n').filter((line) => line.startsWith('/m/'));
  const decoded = rungs.map((uri) =>
    run(ffmpeg, ['-v', 'error', '-i', new URL(uri, edge).href, '-map', '0:v', '-f', 'framemd5', '-']),
  );
  return (await Promise.all(decoded)).map(({ stdout }) => stdout.replaceAll(/^#.*\n/gm, ''));
}

describe('a dub that is sent to an episode of a protected series', () => {
  it('is a second language of the same picture, encrypted with a new key', async () => {
    const before = await pictures();
    expect(before[0]?.split('\n').length).toBeGreaterThan(SECONDS * 20);
    const sound = path.join(folder, 'dub.m4a');
    await run(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', `sine=f=700:r=44100:d=${SECONDS}`, '-c:a', 'aac', sound]);
    expect(await upload(`/v1/episodes/${episode}/audio/es?machineGenerated=1`, sound)).toMatchObject({
      state: 'succeeded',
      failure: null,
    });
    const { tracks } = await backend.json<{ tracks: object[] }>('GET', `/v1/episodes/${episode}/audio`);
    expect(tracks).toMatchObject([
      { name: 'a0', isDefault: true },
      { name: 'a1', language: 'es', label: 'español', isMachineGenerated: true, channels: 2 },
    ]);
    expect(await pictures()).toEqual(before);
    const [, uri = ''] = /LANGUAGE="es".*URI="([^"]+)"/.exec(await multivariant()) ?? [];
    const media = await (await fetch(new URL(uri, edge))).text();
    expect(media).toContain('METHOD=AES-128');
    const { stderr } = await run(ffmpeg, ['-i', new URL(uri, edge).href, '-af', 'volumedetect', '-f', 'null', '-']);
    // Whole AAC frames: the last one may end half a frame before the picture.
    expect(Math.abs(Number(/Duration: 00:00:0([\d.]+)/.exec(stderr)?.[1]) - SECONDS)).toBeLessThan(0.02);
    // The tone came at -21 dB; at -16 LUFS a tone in two channels has -18.3 dB.
    expect(Math.abs(Number(/mean_volume: (-[\d.]+)/.exec(stderr)?.[1]) + 18.3)).toBeLessThan(0.7);
  });

  it('is heard in our player by who picks it, without a stop', async () => {
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const requested: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => void requested.push(new URL(request.url()).pathname));
    page.on('pageerror', (error) => void complaints.push(String(error)));
    try {
      await page.goto(new URL('/?series=dubbed', player).href);
      const video = page.getByTestId('video');
      await expect.poll(() => page.evaluate(`${FEED}?.audioOptions.length`), WAIT).toBe(2);
      expect(await page.evaluate(`${FEED}.audioOptions.map(({ language, isActive }) => [language, isActive])`)).toEqual(
        [
          [null, true],
          ['es', false],
        ],
      );
      await page.locator('[part~=settings-button]').click();
      await page.getByRole('radio', { name: 'español' }).click();
      await expect
        .poll(() => page.evaluate(`${FEED}.audioOptions.find(({ isActive }) => isActive)?.language`), WAIT)
        .toBe('es');
      await expect.poll(() => requested.some((each) => /\/a1\/\d+\.m4s$/.test(each)), WAIT).toBe(true);
      await expect
        .poll(() => video.evaluate((element: HTMLVideoElement) => element.ended || element.currentTime), WAIT)
        .toBe(true);
      const { duration, end } = await video.evaluate((element: HTMLVideoElement) => ({
        duration: element.duration,
        end: element.currentTime,
      }));
      expect(duration - end).toBeLessThan(0.1);
      expect(await page.getByTestId('error').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('that is of another length is refused with both, and viewers keep what they have', async () => {
    const { version } = await backend.json<{ version: string }>('GET', `/v1/episodes/${episode}/audio`);
    const sound = path.join(folder, 'long.m4a');
    await run(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=f=700:d=40', '-c:a', 'aac', sound]);
    const job = await upload(`/v1/episodes/${episode}/audio/fr`, sound);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'dub-duration-mismatch' } });
    expect(await backend.json('GET', `/v1/episodes/${episode}/audio`)).toMatchObject({ version, jobs: [] });
  });
});
