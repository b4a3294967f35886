/** A generated drama for tests: short vertical episodes as CMAF HLS on two rungs, cached between runs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { boxesIn } from '../../../core/mp4/boxes.ts';
import { CACHE_DIR } from '../../../scripts/lib/paths.ts';

const run = promisify(execFile);
const FFMPEG = process.env['FFMPEG_PATH'] ?? '/usr/bin/ffmpeg';
/** Rises when the encoding below changes, so that an old cache is not taken for a new one. */
const RECIPE = 5;

export interface SampleOptions {
  readonly episodes: number;
  readonly seconds: number;
  /** A film to cut the episodes from; generated colours where there is none. */
  readonly source?: string;
}

/** The directory with `{n}/v0`, `{n}/v1` (init.mp4, 0.m4s …) and `{n}/poster.jpg`, n from 1. */
export async function sampleMedia(options: SampleOptions): Promise<string> {
  const name = `player-sample-${RECIPE}-${options.episodes}x${options.seconds}${options.source ? '-film' : ''}`;
  const finished = join(CACHE_DIR, name);
  if (existsSync(finished)) return finished;
  const building = `${finished}.${process.pid}`;
  for (let number = 1; number <= options.episodes; number += 1) await encodeEpisode(building, number, options);
  await rename(building, finished).catch(() => rm(building, { recursive: true }));
  return finished;
}

async function encodeEpisode(root: string, number: number, { seconds, source }: SampleOptions): Promise<void> {
  const out = join(root, String(number));
  for (const rung of ['v0', 'v1']) await mkdir(join(out, rung), { recursive: true });
  const colours = ['0x3b1d4f:0xd1495b', '0x0b3954:0x00a6a6', '0x5f0f40:0xfb8b24', '0x1b4332:0x95d5b2'];
  const [from, to] = (colours[number % colours.length] ?? '').split(':');
  const gradient = `gradients=s=540x960:c0=${from}:c1=${to}:x0=0:y0=0:x1=540:y1=960:speed=0.03:r=24:d=${seconds}`;
  const picture =
    source === undefined ? ['-f', 'lavfi', '-i', gradient] : ['-ss', String((number * 5) % 16), '-i', source];
  const tone = `sine=frequency=${180 + number * 40}:duration=${seconds}:sample_rate=48000,volume=0.2`;
  const sound = source === undefined ? ['-f', 'lavfi', '-i', tone] : [];
  // A second that is written into the picture shows in a screenshot where playback really is.
  const clock = `drawbox=x=0:y='mod(t*60,ih)':w=iw:h=6:color=white@0.35:t=fill`;
  const filter = source === undefined ? `[0:v]${clock},` : '[0:v]';
  await run(FFMPEG, [
    '-v',
    'error',
    '-y',
    ...picture,
    ...sound,
    '-t',
    String(seconds),
    '-filter_complex',
    `${filter}split=2[a][b];[a]scale=540:960,setsar=1[v0];[b]scale=360:640,setsar=1[v1]`,
    ...rung('v0', '900k', sound.length > 0, out),
    ...rung('v1', '400k', sound.length > 0, out),
  ]);
  await run(FFMPEG, [
    '-v',
    'error',
    '-y',
    '-i',
    join(out, 'v0/media.m3u8'),
    '-frames:v',
    '1',
    '-q:v',
    '4',
    join(out, 'poster.jpg'),
  ]);
  for (const name of ['v0', 'v1']) await chunkFirstSegment(join(out, name));
  await writeFile(join(out, 'ready'), '');
}

/** The first second as chunks of a quarter, each with its own moof, so that it can be shown before it is there. */
async function chunkFirstSegment(folder: string): Promise<void> {
  const [whole, chunked] = [join(folder, 'whole.mp4'), join(folder, 'chunked.mp4')];
  const segment = join(folder, '0.m4s');
  await writeFile(whole, Buffer.concat([await readFile(join(folder, 'init.mp4')), await readFile(segment)]));
  const flags = '+empty_moov+default_base_moof+cmaf+negative_cts_offsets';
  const copy = ['-copyts', '-i', whole, '-c', 'copy', '-movflags', flags, '-frag_duration', '250000', '-f', 'mp4'];
  await run(FFMPEG, ['-v', 'error', '-y', ...copy, chunked]);
  const bytes = await readFile(chunked);
  const media = boxesIn(bytes).filter(({ type }) => type === 'moof' || type === 'mdat');
  await writeFile(segment, bytes.subarray((media[0]?.start ?? 0) - 8, media.at(-1)?.end));
  await Promise.all([rm(whole), rm(chunked)]);
}

function rung(name: string, rate: string, hasOwnSound: boolean, out: string): string[] {
  return [
    '-map',
    `[${name}]`,
    '-map',
    hasOwnSound ? '1:a' : '0:a',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-profile:v',
    'main',
    '-pix_fmt',
    'yuv420p',
    '-b:v',
    rate,
    '-maxrate',
    rate,
    '-bufsize',
    rate,
    // Segments of 1, 1, 2, 2, … seconds with a key frame at each, as the transcoder makes them.
    '-force_key_frames',
    'expr:eq(n,0)+eq(n,24)+gte(n,48)*eq(mod(n,48),0)',
    '-sc_threshold',
    '0',
    '-g',
    '999',
    '-c:a',
    'aac',
    '-b:a',
    '64k',
    '-ac',
    '2',
    '-f',
    'hls',
    '-hls_time',
    '1',
    '-hls_playlist_type',
    'vod',
    '-hls_segment_type',
    'fmp4',
    '-hls_fmp4_init_filename',
    'init.mp4',
    '-hls_segment_filename',
    join(out, name, '%d.m4s'),
    join(out, name, 'media.m3u8'),
  ];
}
