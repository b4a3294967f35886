import { tmpdir } from 'node:os';
import { err, ok, type Result } from '#core/result.ts';
import { ACCEPTED_CODECS } from './accepted-codecs.ts';
import type { FfmpegBinaries } from './find-ffmpeg.ts';
import { runProcess } from './run-process.ts';

/** The binaries and what this ffmpeg can do. */
export interface Toolchain {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** ffmpeg's names of the codecs that it decodes, as far as they are accepted: a probe knows the names of many more. */
  readonly decodable: ReadonlySet<string>;
  /** It has zscale and tonemap: HDR can be shown as SDR. */
  readonly toneMapping: boolean;
  /** Which encoder writes animated WebP; null: none. */
  readonly webpEncoder: 'libwebp_anim' | 'libwebp' | null;
  /** It has a libaom whose keyframes can be placed, and which is fast enough: libsvtav1 counts them itself (033). */
  readonly av1: boolean;
}

/** The many forms of uncompressed sound need no parser to speak of. */
function isAccepted(codec: string): boolean {
  return ACCEPTED_CODECS.has(codec) || codec.startsWith('pcm_');
}

/** What it was built with is told at once; a list that did not come in time would read as an ffmpeg that can do nothing. */
const LIST_TIMEOUT_MS = 30_000;
const MAX_LIST_BYTES = 1024 * 1024;

/** Asks ffmpeg once, at the start, what it was built with: better than a failure in the first HDR job. */
export async function inspectToolchain(
  binaries: FfmpegBinaries,
  signal: AbortSignal,
): Promise<Result<Toolchain, string>> {
  const { ffmpegPath, ffprobePath } = binaries;
  const list = async (...what: readonly string[]): Promise<string> => {
    const args = ['-hide_banner', '-v', 'error', ...what];
    const limits = { timeoutMs: LIST_TIMEOUT_MS, maxStdoutBytes: MAX_LIST_BYTES, signal };
    return (await runProcess({ command: ffmpegPath, args, cwd: tmpdir(), ...limits })).stdout;
  };
  const encoders = await list('-encoders');
  for (const encoder of ['libx264', 'aac']) {
    if (!encoders.includes(` ${encoder} `)) {
      return err(
        `${ffmpegPath} cannot encode ${encoder}: install an ffmpeg that can (e.g. apt install ffmpeg) or set FFMPEG_PATH.`,
      );
    }
  }
  const filters = await list('-filters');
  const codecs = await list('-codecs');
  const aom = await list('-h', 'encoder=libaom-av1');
  const has = (encoder: string): boolean => encoders.includes(` ${encoder} `);
  return ok({
    ffmpegPath,
    ffprobePath,
    decodable: new Set([...codecs.matchAll(/^ D\S{5} (\S+) /gm)].map((match) => match[1] ?? '').filter(isAccepted)),
    toneMapping: / zscale /.test(filters) && / tonemap /.test(filters),
    // The ffmpeg of 2018 has an experimental one without it.
    av1: /-usage .*\n(.*\n)? +realtime /.test(aom),
    webpEncoder: has('libwebp_anim') ? 'libwebp_anim' : has('libwebp') ? 'libwebp' : null,
  });
}
