import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { isOnPath, PLAYERS, playToEnd, vlcSeconds } from '../support/players.ts';
import { Backend } from './support/api.ts';
import { readyPlatform } from './support/ready.ts';

const run = promisify(execFile);
const PLAY_LIMIT_MS = 60_000;
/** VLC leaves out the last frames of anything. */
const VLC_TAIL_SECONDS = 0.5;

let full = '';
let preview = '';

beforeAll(async () => {
  const ready = await readyPlatform();
  const backend = new Backend(ready);
  const token = await backend.viewerToken('players');
  const [series] = (await backend.json<{ items: { id: string }[] }>('GET', '/v1/series')).items;
  const { items } = await backend.json<{ items: { id: string }[] }>('GET', `/v1/series/${series?.id}/episodes`);
  const urlOf = (index: number): string => `${ready.edge}/v1/episodes/${items[index]?.id}/playlist.m3u8?token=${token}`;
  full = urlOf(0);
  preview = urlOf(4);
}, 300_000);

describe('by URL alone', () => {
  it('ffmpeg decodes a whole episode and no more than the preview of a locked one', async () => {
    expect(await decodedSeconds(full)).toBeCloseTo(14, 0);
    expect(await decodedSeconds(preview)).toBeCloseTo(6, 1);
  });

  for (const [name, program, args] of PLAYERS) {
    it.skipIf(!isOnPath(program))(`${name} plays both to their end (skipped where it is not installed)`, async () => {
      for (const url of [full, preview]) await playToEnd(program, args(url));
    });
  }

  it.skipIf(!isOnPath('cvlc'))('VLC plays both to their end (skipped where it is not installed)', async () => {
    const ffprobe = process.env['FFPROBE_PATH'] ?? 'ffprobe';
    for (const [url, seconds] of [
      [full, 14],
      [preview, 6],
    ] as const) {
      const played = await vlcSeconds(url, ffprobe);
      expect(played).toBeGreaterThan(seconds - VLC_TAIL_SECONDS);
      expect(played).toBeLessThan(seconds + VLC_TAIL_SECONDS);
    }
  });
});

async function decodedSeconds(url: string): Promise<number> {
  const ffmpeg = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
  const args = ['-v', 'error', '-i', url, '-map', '0:v:0', '-progress', 'pipe:1', '-f', 'null', '-'];
  const { stdout } = await run(ffmpeg, args, { timeout: PLAY_LIMIT_MS });
  // `out_time_ms` counts microseconds in every ffmpeg; the last report is the end.
  const reports = [...stdout.matchAll(/out_time_ms=(\d+)/g)];
  return Number(reports.at(-1)?.[1]) / 1_000_000;
}
