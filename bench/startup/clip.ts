/**
 * One film, encoded once by our own transcoder, and the same samples regrouped for the peers: HLS with segments of two
 * and of six seconds, and a progressive MP4 whose index comes first. Only the structure differs from row to row.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TranscodeResult } from '../../core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS } from '../../core/ladder/settings.ts';
import { cachedBuild, hashOf } from '../../scripts/lib/cached-build.ts';
import { findFfmpeg } from '../../transcoder/find-ffmpeg.ts';
import { inspectToolchain } from '../../transcoder/toolchain.ts';
import { transcodeFile } from '../../transcoder/transcode-file.ts';

/** Where things lie below the folder of the clip. */
export interface Clip {
  readonly folder: string;
  readonly result: TranscodeResult;
}

/** An ordinary episode. A longer one has a larger index in its MP4, and nothing else here would change. */
const SECONDS = 45;
/**
 * Soft shapes with the grain of a camera, which come to the bit rates of a drama (1.6 Mbit/s at 720p), and nowhere black:
 * black is what the pixel check looks for.
 */
const PICTURE = `mandelbrot=s=180x320:r=30:start_scale=2:end_scale=1.4:end_pts=1800,trim=start=2,setpts=PTS-STARTPTS,scale=720:1280:flags=bicubic,noise=alls=4:allf=t,lutyuv=y='clip(val*0.7+60,16,235)'`;
const SOUND = "aevalsrc='0.2*(sin(440*PI*t)+sin(1400*PI*t))':s=48000";
/** Enough to be preloaded whole at once: the reference that waits for nothing. */
const HEAD_SECONDS = 6;
const LIMIT_MS = 15 * 60_000;

/** `previewSeconds`: where a preview ends, as the transcoder is told when the policy is there first. Null where there is no ffmpeg. */
export async function openClip(previewSeconds: number | null = null): Promise<Clip | null> {
  const found = findFfmpeg(process.env);
  if (!found.ok) return null;
  const toolchain = await inspectToolchain(found.value, AbortSignal.timeout(60_000));
  if (!toolchain.ok) throw new Error(toolchain.error);
  const { ffmpegPath } = toolchain.value;
  const cutPointsSeconds = previewSeconds === null ? [] : [previewSeconds];
  const madeOf = ['bench/startup/clip.ts', 'transcoder', 'core/ladder', 'core/playlist'];
  const folder = await cachedBuild('bench-clip', hashOf(madeOf, cutPointsSeconds.join()), async (outdir) => {
    const jobDir = path.join(outdir, 'job');
    mkdirSync(jobDir);
    const sourceFile = film(ffmpegPath, jobDir);
    const result = await transcodeFile({
      sourceFile,
      jobDir,
      outputDir: path.join(outdir, 'ladder'),
      cutPointsSeconds,
      contentKey: null,
      settings: DEFAULT_ENCODING_SETTINGS,
      toolchain: toolchain.value,
      signal: AbortSignal.timeout(LIMIT_MS),
      onProgress: () => undefined,
    });
    if (!result.ok) throw new Error(`The bench's own film was refused: ${result.error.reason}`);
    writeFileSync(path.join(outdir, 'result.json'), JSON.stringify(result.value));
    for (const { name } of result.value.renditions) regroup(ffmpegPath, outdir, name);
    writeMultivariants(outdir, result.value);
    rmSync(jobDir, { recursive: true });
  });
  const result = JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')) as TranscodeResult;
  return { folder, result };
}

function film(ffmpegPath: string, folder: string): string {
  const file = path.join(folder, 'source.mp4');
  const inputs = ['-f', 'lavfi', '-i', PICTURE, '-f', 'lavfi', '-i', SOUND, '-t', String(SECONDS)];
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  execFileSync(ffmpegPath, ['-v', 'error', '-y', ...inputs, ...encoder, file], { stdio: 'inherit' });
  return file;
}

/** No sample is encoded again (`-c copy`). */
function regroup(ffmpegPath: string, outdir: string, name: string): void {
  const whole = path.join(outdir, 'job', `${name}.mp4`);
  const from = path.join(outdir, 'ladder', name);
  const numbers = readdirSync(from)
    .filter((file) => file.endsWith('.m4s'))
    .map((file) => Number.parseInt(file, 10))
    .sort((a, b) => a - b);
  const parts = ['init.mp4', ...numbers.map((number) => `${number}.m4s`)];
  writeFileSync(whole, Buffer.concat(parts.map((part) => readFileSync(path.join(from, part)))));
  const copy = (...args: string[]): void =>
    void execFileSync(ffmpegPath, ['-v', 'error', '-y', '-i', whole, '-c', 'copy', ...args], { stdio: 'inherit' });
  mkdirSync(path.join(outdir, 'mp4'), { recursive: true });
  mkdirSync(path.join(outdir, 'head'), { recursive: true });
  copy('-movflags', '+faststart', path.join(outdir, 'mp4', `${name}.mp4`));
  copy('-t', String(HEAD_SECONDS), '-movflags', '+faststart', path.join(outdir, 'head', `${name}.mp4`));
  for (const seconds of [2, 6]) {
    const dir = path.join(outdir, `hls${seconds}`, name);
    mkdirSync(dir, { recursive: true });
    copy(
      ...['-f', 'hls', '-hls_time', String(seconds), '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
      ...['-hls_segment_filename', path.join(dir, '%d.m4s'), path.join(dir, 'media.m3u8')],
    );
  }
}

/** One with the whole ladder for each grouping, and one with a single Rendition for each, so that it is forced on everybody alike. */
function writeMultivariants(outdir: string, { renditions }: TranscodeResult): void {
  const lines = renditions.map(({ name, width, height, codecs, bandwidthBps, averageBandwidthBps, frameRate }) => ({
    name,
    text: [
      `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidthBps},AVERAGE-BANDWIDTH=${averageBandwidthBps},CODECS="${codecs}",` +
        `RESOLUTION=${width}x${height},FRAME-RATE=${frameRate.toFixed(3)}`,
      `${name}/media.m3u8`,
    ],
  }));
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  for (const seconds of [2, 6]) {
    const write = (file: string, some: typeof lines): void =>
      writeFileSync(
        path.join(outdir, `hls${seconds}`, file),
        [...head, ...some.flatMap(({ text }) => text), ''].join('\n'),
      );
    write('ladder.m3u8', lines);
    for (const line of lines) write(`${line.name}.m3u8`, [line]);
  }
}
