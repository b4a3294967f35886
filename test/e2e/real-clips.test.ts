import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.ts';
import { Backend } from './support/api.ts';
import { readyPlatform } from './support/ready.ts';

const run = promisify(execFile);
/** Real clips of public projects; they are not in this repository (see its LICENSES.md). */
const MEDIA = path.join(ROOT, '..', 'shared', 'media');
const DURATION_TOLERANCE_SECONDS = 0.1;

const GOOD = [
  'phone-portrait.mov',
  'phone-landscape.mp4',
  'rotated-portrait.mp4',
  'sar-2x1-no-audio.mp4',
  'silent-black.mp4',
  'hlg-hevc10.mp4',
  'drama-vertical.mp4',
];
const BAD = [
  { file: 'bad-audio-only.mp4', code: 'no-video-stream' },
  { file: 'bad-truncated.mp4', code: 'source-truncated' },
];

interface Episode {
  readonly id: string;
  readonly state: string;
  readonly failure?: { readonly code: string; readonly detail: string };
}

let backend: Backend;
let edge: string;
let seriesId: string;
let nextNumber = 1;

describe.skipIf(!existsSync(MEDIA))('real clips (skipped where ../shared/media is absent)', () => {
  beforeAll(async () => {
    const ready = await readyPlatform();
    edge = ready.edge;
    backend = new Backend(ready);
    seriesId = (await backend.json<{ id: string }>('POST', '/v1/series', { slug: 'real-clips', title: 'Real clips' }))
      .id;
  }, 300_000);

  it.each(GOOD)('%s becomes an episode that any player can open by URL', async (file) => {
    const { id } = await ingest(file);
    await backend.json('POST', `/v1/episodes/${id}/publish`);
    const url = `${edge}/v1/episodes/${id}/playlist.m3u8?token=${await backend.viewerToken('clips')}`;
    const [source, played] = await Promise.all([probe(path.join(MEDIA, file)), probe(url)]);
    expect(Math.abs(played.durationSeconds - source.durationSeconds)).toBeLessThan(DURATION_TOLERANCE_SECONDS);
    expect(played.streams).toContain('video');
    expect(played.streams).toContain('audio');
  });

  it.each(BAD)('$file is refused as $code, with words that help', async ({ file, code }) => {
    const episode = await ingest(file);
    expect(episode.state).toBe('failed');
    expect(episode.failure?.code).toBe(code);
    expect(episode.failure?.detail.length).toBeGreaterThan(20);
  });
});

async function ingest(file: string): Promise<Episode> {
  const input = { number: nextNumber++, title: file };
  const { id } = await backend.json<Episode>('POST', `/v1/series/${seriesId}/episodes`, input);
  const upload = await backend.send('PUT', `/v1/episodes/${id}/source`, readFileSync(path.join(MEDIA, file)));
  expect(upload.status).toBe(202);
  for (;;) {
    const episode = await backend.json<Episode>('GET', `/v1/episodes/${id}`);
    if (episode.state !== 'processing') return episode;
    await sleep(250);
  }
}

async function probe(input: string): Promise<{ durationSeconds: number; streams: string[] }> {
  const ffprobe = process.env['FFPROBE_PATH'] ?? 'ffprobe';
  const { stdout } = await run(ffprobe, [
    '-v',
    'error',
    '-show_entries',
    'format=duration:stream=codec_type',
    '-of',
    'json',
    input,
  ]);
  const { format, streams } = JSON.parse(stdout) as { format: { duration: string }; streams: { codec_type: string }[] };
  return { durationSeconds: Number(format.duration), streams: streams.map((stream) => stream.codec_type) };
}
