import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleFonts } from './fonts.ts';
import { FRAMES_PER_SECOND, pictureGraph } from './picture.ts';
import { SCENES } from './scenes.ts';
import { EPISODE_SECONDS, type SampleEpisode } from './series.ts';
import { soundGraph } from './sound.ts';

/**
 * Renders one episode of the sample drama to an MP4 file with ffmpeg alone: 720x1280, 24 fps, 15 s, stereo.
 *
 * Nothing is downloaded and no clip is shipped, so there is nothing to license. Works with Debian's ffmpeg and with the 2018
 * build of @ffmpeg-installer. `onProgress` gets 0 to 1. Rejects with ffmpeg's last lines where it fails.
 */
export async function renderEpisode(
  ffmpegPath: string,
  episode: SampleEpisode,
  outFile: string,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cliffhanger-sample-'));
  try {
    let files = 0;
    const textFile = (text: string): string => {
      const path = join(folder, `${files++}.txt`);
      writeFileSync(path, text);
      return path;
    };
    const scene = SCENES[(episode.number - 1) % SCENES.length];
    if (scene === undefined) throw new Error(`no scene for episode ${episode.number}`);
    const graph = `${pictureGraph(episode, scene, sampleFonts(), textFile)};${soundGraph(episode.number)}`;
    await runFfmpeg(ffmpegPath, renderArgs(graph, outFile), onProgress, signal);
    onProgress(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function renderArgs(graph: string, outFile: string): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', '-progress', 'pipe:1'],
    ...['-filter_complex', graph, '-map', '[v]', '-map', '[a]', '-t', String(EPISODE_SECONDS)],
    // A master for one more encode: fast and generous.
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '21', '-pix_fmt', 'yuv420p'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...['-c:a', 'aac', '-b:a', '160k', '-movflags', '+faststart', '-f', 'mp4', outFile],
  ];
}

function runFfmpeg(
  ffmpegPath: string,
  args: readonly string[],
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(ffmpegPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const frame = [...text.matchAll(/^frame=\s*(\d+)/gm)].at(-1)?.[1];
    if (frame !== undefined) onProgress(Math.min(1, Number(frame) / (EPISODE_SECONDS * FRAMES_PER_SECOND)));
  });
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`ffmpeg ended with ${code}: ${errors.trim().split('\n').slice(-3).join(' | ')}`));
  });
  return promise;
}
