import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FfmpegBinaries, findFfmpeg } from '../../transcoder/find-ffmpeg.ts';
import { inspectToolchain, type Toolchain } from '../../transcoder/toolchain.ts';

/** Real clips, which the repository does not ship. */
export const MEDIA_DIR: string = fileURLToPath(new URL('../../../shared/media/', import.meta.url));
export const HAS_MEDIA: boolean = existsSync(join(MEDIA_DIR, 'drama-vertical.mp4'));

if (!HAS_MEDIA) process.stderr.write(`skipped: tests on real clips, because ${MEDIA_DIR} is absent\n`);

export function ffmpegBinaries(): FfmpegBinaries {
  const found = findFfmpeg(process.env);
  if (!found.ok) throw new Error(found.error.detail);
  return found.value;
}

/** The 2018 build that `npm install` brings, which may be the only one a developer has. Null where it is not installed. */
export function bundledBinaries(): FfmpegBinaries | null {
  const found = findFfmpeg({ PATH: '' });
  return found.ok ? found.value : null;
}

export async function toolchainOf(binaries: FfmpegBinaries): Promise<Toolchain> {
  const toolchain = await inspectToolchain(binaries, patience());
  if (!toolchain.ok) throw new Error(toolchain.error);
  return toolchain.value;
}

/** Ends what hangs a little before the test's own limit does: a machine that does ten other things is not a failure. */
export function patience(): AbortSignal {
  return AbortSignal.timeout(290_000);
}

export interface Scratch {
  readonly dir: string;
  readonly remove: () => void;
}

export function scratch(): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'transcoder-test-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export interface ClipOptions {
  readonly seconds: number;
  readonly size?: string;
  readonly rate?: number;
  /** `flash`: black, with a white picture and a beep for 0.1 s at each odd second. */
  readonly picture?: 'test' | 'flash';
  readonly sound?: boolean;
  readonly extraArgs?: readonly string[];
  readonly file?: string;
}

/** A small clip from ffmpeg's generators. */
export function makeClip(dir: string, options: ClipOptions): string {
  const {
    seconds,
    size = '180x320',
    rate = 24,
    picture = 'test',
    sound = true,
    extraArgs = [],
    file = 'clip.mp4',
  } = options;
  const path = join(dir, file);
  const flash = "drawbox=t=fill:color=black,drawbox=t=fill:color=white:enable='between(mod(t,2),0.999,1.09)'";
  const beep = "aevalsrc='if(between(mod(t,2),1,1.1),0.8*sin(2*PI*1000*t),0)'";
  const tone = picture === 'flash' ? `${beep}:s=48000:d=${seconds}` : `sine=f=330:r=48000:d=${seconds}`;
  const args = [
    ...[
      '-v',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      `testsrc2=s=${size}:r=${rate}:d=${seconds}${picture === 'flash' ? `,${flash}` : ''}`,
    ],
    ...(sound ? ['-f', 'lavfi', '-i', tone] : []),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', ...extraArgs, path],
  ];
  execFileSync(ffmpegBinaries().ffmpegPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return path;
}

export function clipBytes(dir: string, options: ClipOptions): Buffer {
  return readFileSync(makeClip(dir, options));
}

interface ProbedStream {
  readonly codec_type: string;
  readonly width?: number;
  readonly height?: number;
  readonly start_time: string;
}

/** What ffprobe says about a playlist: the check that an outsider would make. */
export function ffprobe(file: string): { readonly durationSeconds: number; readonly streams: readonly ProbedStream[] } {
  const args = ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file];
  const json = JSON.parse(execFileSync(ffmpegBinaries().ffprobePath, args, { encoding: 'utf8' })) as {
    readonly format: { readonly duration: string };
    readonly streams: readonly ProbedStream[];
  };
  return { durationSeconds: Number(json.format.duration), streams: json.streams };
}

/** Runs filters over a playlist and returns what they logged. */
export function filterLog(file: string, args: readonly string[]): string {
  const command = ffmpegBinaries().ffmpegPath;
  return execFileSync(
    'sh',
    ['-c', '"$0" "$@" 2>&1', command, '-hide_banner', '-nostats', '-i', file, ...args, '-f', 'null', '-'],
    {
      encoding: 'utf8',
    },
  );
}
