/** Players of other people that open a URL and nothing else. Each may be absent: tests skip what is not on the PATH. */
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PLAY_LIMIT_MS = 60_000;

/** Each ends by itself and exits 0 when it has played all, and not when it met an error. */
export const PLAYERS: readonly (readonly [name: string, program: string, args: (url: string) => string[]])[] = [
  ['mpv', 'mpv', (url) => ['--no-config', '--vo=null', '--ao=null', '--speed=16', '--no-terminal', url]],
  [
    'GStreamer',
    'gst-launch-1.0',
    (url) => ['-q', 'playbin3', `uri=${url}`, 'video-sink=fakesink sync=false', 'audio-sink=fakesink sync=false'],
  ],
];

export async function playToEnd(program: string, args: readonly string[]): Promise<void> {
  await run(program, [...args], { timeout: PLAY_LIMIT_MS });
}

/**
 * How many seconds of picture VLC plays: its exit code says nothing, so it writes what it plays to a file. It leaves out
 * the last frames, from a plain file server too. It refuses to run as root, so there it runs as nobody.
 */
export async function vlcSeconds(url: string, ffprobe: string): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-vlc-'));
  chmodSync(folder, 0o777);
  const file = path.join(folder, 'played.ts');
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const options = { ...nobody, env: { ...process.env, HOME: folder }, cwd: folder, timeout: PLAY_LIMIT_MS };
  const output = `#std{access=file,mux=ts,dst=${file}}`;
  try {
    // One rendition: when it changes to another, what it wrote of the first is lost.
    const args = ['--play-and-exit', '--no-interact', '--adaptive-logic=lowest', '--sout', output, '--sout-all', url];
    await run('cvlc', args, options);
    return await pictureSeconds(file, ffprobe);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the first picture that ffprobe finds to the end of the last, at 30 a second. */
export async function pictureSeconds(url: string, ffprobe: string): Promise<number> {
  const args = ['-v', 'error', '-show_entries', 'packet=pts_time', '-select_streams', 'v:0', '-of', 'csv=p=0', url];
  const { stdout } = await run(ffprobe, args, { timeout: PLAY_LIMIT_MS });
  const times = stdout.split('\n').map(Number.parseFloat).filter(Number.isFinite);
  return Math.max(...times) - Math.min(...times) + 1 / 30;
}

export function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
