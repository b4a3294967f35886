import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';

export interface FfmpegBinaries {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** `bundled`: the static builds of @ffmpeg-installer (2018) and @ffprobe-installer, for development. */
  readonly origin: 'configured' | 'path' | 'bundled';
}

export interface FfmpegNotFound {
  readonly reason: 'configured-path-unusable' | 'bundled-refused-in-production' | 'not-installed';
  /** One sentence for the operator: what is missing and what to do. */
  readonly detail: string;
}

type Env = Readonly<Record<string, string | undefined>>;
type Tool = 'ffmpeg' | 'ffprobe';

/**
 * Finds ffmpeg and ffprobe: FFMPEG_PATH and FFPROBE_PATH, else PATH, else the npm packages' static builds.
 *
 * The bundled ffmpeg is from 2018 and must not decode strangers' uploads, so production refuses it unless told otherwise.
 */
export function findFfmpeg(env: Env): Result<FfmpegBinaries, FfmpegNotFound> {
  for (const variable of ['FFMPEG_PATH', 'FFPROBE_PATH']) {
    const path = env[variable];
    if (path && !isExecutable(path)) {
      return err({
        reason: 'configured-path-unusable',
        detail: `${variable} is ${path}, which is not an executable file.`,
      });
    }
  }
  const ffmpeg = findTool('ffmpeg', env, null);
  if (!ffmpeg.ok) return ffmpeg;
  const ffprobe = findTool('ffprobe', env, dirname(ffmpeg.value.path));
  if (!ffprobe.ok) return ffprobe;
  return ok({ ffmpegPath: ffmpeg.value.path, ffprobePath: ffprobe.value.path, origin: ffmpeg.value.origin });
}

interface FoundTool {
  readonly path: string;
  readonly origin: FfmpegBinaries['origin'];
}

function findTool(tool: Tool, env: Env, besideDirectory: string | null): Result<FoundTool, FfmpegNotFound> {
  const configured = env[`${tool.toUpperCase()}_PATH`];
  if (configured) return ok({ path: configured, origin: 'configured' });

  const file = process.platform === 'win32' ? `${tool}.exe` : tool;
  const directories = [...(besideDirectory === null ? [] : [besideDirectory]), ...(env['PATH'] ?? '').split(delimiter)];
  for (const directory of directories) {
    if (directory !== '' && isExecutable(join(directory, file)))
      return ok({ path: join(directory, file), origin: 'path' });
  }

  const bundled = bundledPath(tool, file);
  if (bundled === null) {
    const detail = `No ${tool} was found: install ffmpeg (e.g. apt install ffmpeg), or set ${tool.toUpperCase()}_PATH, or run npm install with optional dependencies.`;
    return err({ reason: 'not-installed', detail });
  }
  if (env['NODE_ENV'] === 'production' && env['ALLOW_BUNDLED_FFMPEG'] !== '1') {
    const detail = `Only the bundled ${tool} was found and it is too old to decode untrusted uploads: install ffmpeg, or set ALLOW_BUNDLED_FFMPEG=1 to accept that.`;
    return err({ reason: 'bundled-refused-in-production', detail });
  }
  return ok({ path: bundled, origin: 'bundled' });
}

/** The packages only compute a path, and throw where a platform is missing; the platform package itself is looked up here. */
function bundledPath(tool: Tool, file: string): string | null {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve(`@${tool}-installer/${process.platform}-${process.arch}/package.json`);
    const path = join(dirname(manifest), file);
    // With `npm ci --ignore-scripts` ffprobe is left without its executable bit.
    if (!isExecutable(path)) chmodSync(path, 0o755);
    return isExecutable(path) ? path : null;
  } catch {
    return null;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
