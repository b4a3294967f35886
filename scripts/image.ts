/**
 * `npm run image`: the transcoder's image without Docker. Lints transcoder/Dockerfile, runs its very lines on a clean Debian
 * (debootstrap, chroot), and has what comes out transcode a clip: not as root, on a root that cannot be written.
 *
 * It needs root and debootstrap, and says so where they are missing. Three minutes the first time, one after that.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { baseRoot, buildStage, type BuiltRoot } from './image/build-root.ts';
import { lintDockerfile, parseDockerfile } from './image/dockerfile.ts';
import { tryRoot } from './image/try-root.ts';
import { inRoot } from './lib/paths.ts';
import { stepsTo } from './lib/progress.ts';
import { runCommand } from './lib/run.ts';
import { failWith, UserError } from './lib/user-error.ts';

const step = stepsTo(process.stdout);

try {
  await image();
} catch (error) {
  failWith(error);
}

async function image(): Promise<void> {
  const text = readFileSync(inRoot('transcoder/Dockerfile'), 'utf8');
  await step('The Dockerfile is as it should be', async () => {
    const complaints = lintDockerfile(text);
    if (complaints.length > 0) throw new UserError(complaints.join('\n'));
  });
  const missing = await whatIsMissing();
  if (missing !== null) {
    console.log(`skipped: running its lines on a clean root, because ${missing}`);
    return;
  }
  const cache = inRoot('dist/cache/image');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(path.join(tmpdir(), 'cliffhanger-image-'));
  try {
    const built = new Map<string, string>();
    let last: BuiltRoot | null = null;
    for (const stage of parseDockerfile(text)) {
      const base = await step(`A clean ${stage.base} is there`, () => baseRoot(stage.base, cache));
      last = await step(`The lines of stage ${stage.name} run on it`, () =>
        buildStage(stage, base, built, path.join(scratch, stage.name)),
      );
      built.set(stage.name, last.root);
    }
    if (last === null) throw new UserError('The Dockerfile has no stage.');
    const finished = last;
    console.log(await step('It transcodes a clip, not as root, on a read-only root', () => tryRoot(finished)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function whatIsMissing(): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'that takes root on Linux';
  const found = await runCommand('sh', ['-c', 'command -v debootstrap']);
  return found.code === 0 ? null : 'debootstrap is not installed (apt-get install debootstrap)';
}
