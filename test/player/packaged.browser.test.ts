/** What the packager writes, in hls.js as it comes: rungs and languages are changed while it plays. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseWebVtt } from '#core/captions/parse-webvtt.ts';
import type { EncodingSettings } from '#core/ladder/settings.ts';
import { inRoot } from '../../scripts/lib/paths.ts';
import { packageLadder } from '../../transcoder/package/package-ladder.ts';
import { ffmpegBinaries, toolchainOf } from '../transcoder/clips.ts';
import { dubbed, makeDub, runDub } from '../transcoder/dub-run.ts';
import { made, runFile } from '../transcoder/run-file.ts';
import { DURATION_SECONDS, encodeTracks } from '../transcoder/tracks.ts';
import { launchChromium } from './support/browser.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.vtt': 'text/vtt',
};
const toolchain = await toolchainOf(ffmpegBinaries());
const HAS_AV1 = toolchain.av1;
const dir = mkdtempSync(join(tmpdir(), 'cliffhanger-packaged-'));
let server: Server;
let browser: Browser;

beforeAll(async () => {
  const { plan, files, dub } = encodeTracks(dir);
  const captions = parseWebVtt('WEBVTT\n\n00:00.500 --> 00:01.500\nacross\n\n00:05.000 --> 00:05.500\nlater');
  if (!captions.ok) throw new Error(captions.error.reason);
  const about = { channels: 2, isMachineGenerated: false };
  const languages = [
    { ...about, file: files.audio, language: 'en', label: 'English', isMain: true },
    { ...about, file: dub, language: 'es', label: 'Español', isMain: false },
  ];
  const english = { language: 'en', label: 'English', kind: 'captions', isMachineGenerated: false } as const;
  const text = [{ ...english, captions: captions.value }];
  for (const name of ['one', 'two']) mkdirSync(join(dir, name));
  await packageLadder(plan, files, join(dir, 'one'), null, { languages: [], captions: text });
  await packageLadder(plan, files, join(dir, 'two'), null, { languages, captions: text });
  await transcodeFilm(dir, 'film');
  const dubbing = await runDub(dir, join(dir, 'one'), makeDub(dir, 'dub.wav'), { texts: [{ name: 't0', ...english }] });
  dubbed(dubbing);
  renameSync(dubbing.out, join(dir, 'dubbed'));
  if (HAS_AV1) await transcodeFilm(dir, 'av1-film', { av1: true });
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('Content-Type', TYPES[extname(pathname)] ?? 'text/html');
    readFile(join(dir, pathname)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(pathname === '/' ? 200 : 404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** English and Spanish, with subtitles, in one Matroska file; its episode lies in the folder `name`. */
async function transcodeFilm(into: string, name: string, settings: Partial<EncodingSettings> = {}): Promise<void> {
  const srt = join(into, 'talk.srt');
  writeFileSync(srt, '1\n00:00:01,000 --> 00:00:02,500\nWhere <i>were</i> you?\n');
  const film = join(into, 'film.mkv');
  const picture = `testsrc2=s=540x960:r=24:d=${DURATION_SECONDS}`;
  const tone = (hertz: number): string[] => ['-f', 'lavfi', '-i', `sine=f=${hertz}:r=48000:d=${DURATION_SECONDS}`];
  const maps = ['-map', '0:v', '-map', '1:a', '-map', '2:a', '-map', '3:s'];
  const tags = [
    '-metadata:s:a:0',
    'language=eng',
    '-metadata:s:a:1',
    'language=spa',
    '-metadata:s:s:0',
    'language=eng',
  ];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-c:s', 'srt'];
  const inputs = ['-v', 'error', '-y', '-f', 'lavfi', '-i', picture, ...tone(330), ...tone(660), '-i', srt];
  execFileSync(ffmpegBinaries().ffmpegPath, [...inputs, ...maps, ...tags, ...codecs, film]);
  const run = await runFile(into, film, toolchain, settings);
  made(run);
  renameSync(run.out, join(into, name));
}

interface Played {
  readonly errors: readonly string[];
  readonly seconds: number;
  readonly levels: readonly number[];
  readonly languages: readonly string[];
  readonly cues: readonly string[];
  readonly buffers: string;
}

async function play(folder: string, script = PLAY): Promise<Played> {
  const page = await browser.newPage();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await page.goto(`${origin}/`);
  await page.addScriptTag({ path: inRoot('node_modules', 'hls.js', 'dist', 'hls.min.js') });
  const played = await page.evaluate(`(${script})(${JSON.stringify(`${origin}/${folder}/multivariant.m3u8`)})`);
  await page.close();
  return played as Played;
}

describe('hls.js plays to the end, without an error, through a change of rung', () => {
  test('an episode of one language, whose sound is muxed with the picture', async () => {
    const played = await play('one');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.buffers).toBe('audiovideo');
  });

  test('an episode of two languages, and of one after the other', async () => {
    const played = await play('two');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.buffers.split(',').toSorted()).toEqual(['audio', 'video']);
  });

  test('an uploaded file of two languages with subtitles, as the whole transcoder makes it', async () => {
    const played = await play('film');
    expect(played.errors).toEqual([]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.cues).toEqual(['1 2.5 Where <i>were</i> you?']);
  });

  test('an episode of one language, to which a dub was added later', async () => {
    const played = await play('dubbed');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.buffers.split(',').toSorted()).toEqual(['audio', 'video']);
    expect(played.cues).toEqual(['0.5 1.5 across', '5 5.5 later']);
  });

  test.skipIf(!HAS_AV1)('an AV1 rung where it is told to, and comes back to H.264', async () => {
    const { errors, codecs, seconds } = (await play('av1-film', PLAY_AV1)) as Played & { codecs: string[] };
    expect(errors).toEqual([]);
    expect(codecs.map((codec) => codec.slice(0, 4))).toEqual(['av01', 'avc1']);
    expect(seconds).toBeCloseTo(DURATION_SECONDS, 0);
  });

  test('with every caption once, at its time, although one stands in two segments', async () => {
    expect((await play('one')).cues).toEqual(['0.5 1.5 across', '5 5.5 later']);
  });
});

/** In the page, as text, as it knows only that page: the other rung after a second, the other language after three. */
const PLAY = `(url) => new Promise((resolve) => {
  const [errors, levels, languages] = [[], [], []];
  let buffers = '';
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const hls = new Hls({ startLevel: 0, maxBufferLength: 2, maxBufferSize: 1, testBandwidth: false });
  const end = () => {
    const cues = [...(video.textTracks[0]?.cues ?? [])].map((cue) => [cue.startTime, cue.endTime, cue.text].join(' '));
    resolve({ errors, levels, languages, buffers, seconds: video.currentTime, cues });
  };
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) end(); });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => levels.push(level));
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, (_, { lang }) => languages.push(lang));
  hls.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => { buffers = Object.keys(tracks).join(','); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => { hls.loadLevel = 0; hls.subtitleTrack = 0; video.play().catch(() => {}); });
  video.addEventListener('timeupdate', () => {
    if (video.currentTime > 1) hls.loadLevel = 1;
    if (video.currentTime > 3 && hls.audioTracks.length > 1) hls.audioTrack = 1;
  });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;

/** In the page: the highest AV1 rung from the start, the lowest of H.264 after three seconds. */
const PLAY_AV1 = `(url) => new Promise((resolve) => {
  const [errors, codecs] = [[], []];
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = true;
  const hls = new Hls({ autoStartLoad: false, maxBufferLength: 2, maxBufferSize: 1, testBandwidth: false });
  const end = () => resolve({ errors, codecs, seconds: video.currentTime });
  const choose = (codec) => hls.levels.findLastIndex(({ videoCodec }) => videoCodec.startsWith(codec));
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => { errors.push(details); if (fatal) end(); });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => codecs.push(hls.levels[level].videoCodec));
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    hls.startLevel = hls.loadLevel = choose('av01');
    hls.startLoad(0);
    video.play().catch(() => {});
  });
  video.addEventListener('timeupdate', () => { if (video.currentTime > 3) hls.loadLevel = choose('avc1'); });
  video.addEventListener('ended', end);
  setTimeout(end, 30000);
  hls.loadSource(url);
  hls.attachMedia(video);
})`;
