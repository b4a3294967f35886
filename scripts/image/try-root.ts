/** Runs what a Dockerfile made as a container would: its user, its environment, a read-only root, one writable folder. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFakeEdge, TEST_SECRET } from '../../test/transcoder/fake-edge.ts';
import { runCommand } from '../lib/run.ts';
import { UserError } from '../lib/user-error.ts';
import { type BuiltRoot, envWords } from './build-root.ts';

/** In namespaces of its own, so that the mounts are gone with it. Host's /proc is mounted anew for its pid namespace. */
const ENTER = `
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
mount -t tmpfs -o mode=1777,size=2g tmpfs "$1/work"
mount -o remount,bind,ro "$1"
user=$2; shift 2
exec chroot --userspec="$user" "$ROOT" /usr/bin/env -C "$AT" "$@"
`;

/** Another process of the same user, unconfined. */
const SEES_NODE = 'node -e "setTimeout(() => {}, 2000)" & sleep 0.5; cat /proc/$!/environ | grep -q PATH';

export async function tryRoot(built: BuiltRoot): Promise<string> {
  const version = (await inside(built, ['ffmpeg', '-version'])).split('\n')[0] ?? '';
  await expectFailure(built, 'touch /app/written', 'the root can be written');
  await expectFailure(built, 'test "$(id -u)" = 0', 'it runs as root');
  await expectFailure(
    built,
    'find / -xdev -perm /6000 -type f -newer /app | grep .',
    'the build left a setuid program',
  );
  const edge = await startFakeEdge();
  const scratch = mkdtempSync(path.join(tmpdir(), 'cliffhanger-clip-'));
  try {
    const clip = path.join(scratch, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=720x1280:r=30:d=4', '-f', 'lavfi', '-i', 'sine=d=4'];
    await must('ffmpeg', ['-v', 'error', ...source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip]);
    const jobId = edge.queue(readFileSync(clip));
    const own = { EDGE_URL: edge.url, TRANSCODER_WEBHOOK_SECRET: TEST_SECRET, TRANSCODER_ONCE: '1' };
    const log = await inside(
      built,
      ['sh', '-c', `"$@"; code=$?; ${built.healthCheck} || echo UNHEALTHY; exit $code`, 'sh', ...built.command],
      own,
    );
    const event = await Promise.race([
      edge.finalEvent(jobId),
      new Promise<null>((resolve) => setTimeout(resolve, 1_000, null)),
    ]);
    if (event?.type !== 'transcode.completed')
      throw new UserError(`The clip was not transcoded:\n${log.slice(-3_000)}`);
    if (log.includes('UNHEALTHY')) throw new UserError(`It does not say that it is alive:\n${log.slice(-2_000)}`);
    const sandbox = /"sandbox":"(\w+)"/.exec(log)?.[1];
    // Landlock is the kernel's to have; the image's own part holds without it.
    if (sandbox !== 'landlock' && sandbox !== 'seccomp')
      throw new UserError(`ffmpeg is confined by ${sandbox}, not by seccomp:\n${log.slice(-2_000)}`);
    await expectFailure(built, SEES_NODE, 'the environment of node can be read by its user');
    const { objects, renditions } = event.data.result;
    return `  ${version}\n  ${renditions.length} rungs, ${objects.length} objects, ffmpeg confined by ${sandbox}`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    await edge.close();
  }
}

/** What the command prints. Not through runCommand's environment: a container has none of this machine's. */
async function inside(
  built: BuiltRoot,
  command: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await enter(built, command, more);
  if (code !== 0)
    throw new UserError(
      `In the image, \`${command.join(' ').slice(0, 100)}\` ended with ${code}:\n${output.slice(-3_000)}`,
    );
  return output;
}

async function expectFailure(built: BuiltRoot, command: string, complaint: string): Promise<void> {
  if ((await enter(built, ['sh', '-c', command], {})).code === 0) throw new UserError(`In the image, ${complaint}.`);
}

function enter(
  built: BuiltRoot,
  command: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  const words = [...envWords({ ...built.env, ...more }), ...command];
  const args = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-ec',
    ENTER,
    'sh',
    built.root,
    built.user,
    ...words,
  ];
  const child = spawn('unshare', args, {
    env: { PATH: process.env['PATH'] ?? '', ROOT: built.root, AT: built.workDir },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args);
  if (code !== 0) throw new UserError(`\`${command}\` failed:\n${output.slice(-2_000)}`);
}
