/** What the packager writes, in three folders behind a plain file server: as other people's players find it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { parseWebVtt } from '#core/captions/parse-webvtt.ts';
import type { EncodingSettings } from '#core/ladder/settings.ts';
import { packageLadder } from '../../../transcoder/package/package-ladder.ts';
import { ffmpegBinaries, toolchainOf } from '../../transcoder/clips.ts';
import { dubbed, makeDub, runDub } from '../../transcoder/dub-run.ts';
import { made, runFile } from '../../transcoder/run-file.ts';
import { DURATION_SECONDS, encodeTracks } from '../../transcoder/tracks.ts';

export interface PackagedMedia {
  readonly origin: string;
  readonly close: () => void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.vtt': 'text/vtt',
};

const toolchain = await toolchainOf(ffmpegBinaries());
export const HAS_AV1 = toolchain.av1;

/** `one` has one language, muxed with the picture; `two` has two, apart from it; `film` was an upload with both;
 * `dubbed` is `one` with a dub that came later; `av1-film`, where the machine can, `film` with rungs in AV1. */
export async function servePackagedMedia(): Promise<PackagedMedia> {
  const dir = mkdtempSync(join(tmpdir(), 'cliffhanger-packaged-'));
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
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('Content-Type', TYPES[extname(pathname)] ?? 'text/html');
    readFile(join(dir, pathname)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(pathname === '/' ? 200 : 404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

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
