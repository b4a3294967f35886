import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImagesReport, PreviewReport } from '#core/ingest/transcoder-protocol.ts';
import { PREVIEW_SECONDS } from '#core/ladder/choose-stills.ts';
import type { Rung } from '#core/ladder/rungs.ts';
import { PREVIEW_TIMEOUT_MS } from './limits.ts';
import type { PackagedObject } from './package/folder.ts';
import { runProcess } from './run-process.ts';
import type { Toolchain } from './toolchain.ts';

export interface PreviewRequest {
  readonly toolchain: Toolchain;
  /** The lowest rung as ffmpeg encoded it: ours, so nothing of the upload is opened again. */
  readonly rung: Rung;
  readonly rungFile: string;
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly outputDir: string;
  readonly signal: AbortSignal;
}

export interface Previews {
  readonly images: Pick<ImagesReport, 'previewMp4' | 'previewWebp'>;
  readonly objects: readonly PackagedObject[];
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/** Shown at a third of a phone's width: 50 kB as MP4, 100 kB as animated WebP, where 360 wide would be twice that. */
const MP4_WIDTH = 270;
const WEBP_WIDTH = 240;
const WEBP_FPS = 10;

/**
 * Three muted seconds for a feed. A process of its own after the encode, because where they are taken from is known only then;
 * it decodes three seconds of 360p.
 */
export async function makePreviews(request: PreviewRequest): Promise<Previews> {
  const { toolchain, rung, outputDir } = request;
  const seconds = Math.min(PREVIEW_SECONDS, request.durationSeconds - request.startSeconds);
  const mp4 = sizeOf(rung, MP4_WIDTH);
  const webp = sizeOf(rung, WEBP_WIDTH);
  const inputs = ['-ss', request.startSeconds.toFixed(3), '-t', seconds.toFixed(3), '-i', request.rungFile];
  const bare = ['-an', '-sn', '-dn', '-map_metadata', '-1'];
  const args = [
    ...['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', ...inputs],
    ...['-map', '0:v:0', '-vf', `scale=${mp4.width}:${mp4.height}:flags=bicubic`, ...bare, '-c:v', 'libx264'],
    ...['-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p', '-crf', '26', '-maxrate', '400k'],
    ...['-bufsize', '600k', '-movflags', '+faststart', '-f', 'mp4', join(outputDir, MP4_PATH)],
    ...(toolchain.webpEncoder === null
      ? []
      : [
          ...['-map', '0:v:0', '-vf', `fps=${WEBP_FPS},scale=${webp.width}:${webp.height}:flags=bicubic`, ...bare],
          ...['-c:v', toolchain.webpEncoder, '-quality', '55', '-compression_level', '3', '-loop', '0'],
          ...['-f', 'webp', join(outputDir, WEBP_PATH)],
        ]),
  ];
  const limits = { timeoutMs: PREVIEW_TIMEOUT_MS, maxStdoutBytes: 0, signal: request.signal };
  await runProcess({ command: toolchain.ffmpegPath, args, cwd: dirname(request.rungFile), ...limits });

  const times = { startSeconds: request.startSeconds, durationSeconds: seconds };
  return judge(request, { ...mp4, ...times }, { ...webp, ...times });
}

const MP4_PATH = 'preview.mp4';
const WEBP_PATH = 'preview.webp';

/** An episode without a preview is still an episode. */
async function judge(request: PreviewRequest, mp4: PreviewReport, webp: PreviewReport): Promise<Previews> {
  const made = async (path: string): Promise<PackagedObject | null> => {
    const sizeBytes = await stat(join(request.outputDir, path)).then(
      ({ size }) => size,
      () => 0,
    );
    return sizeBytes > 0 ? { path, sizeBytes } : null;
  };
  const [mp4Object, webpObject] = [await made(MP4_PATH), await made(WEBP_PATH)];
  const warnings: Previews['warnings'][number][] = [];
  if (request.toolchain.webpEncoder === null) {
    const detail = 'This ffmpeg cannot write WebP, so there is no animated preview. Install a full ffmpeg.';
    warnings.push({ code: 'preview-webp-skipped', detail });
  } else if (mp4Object === null || webpObject === null) {
    const detail = 'The muted preview could not be made. The episode plays; upload it again to try once more.';
    warnings.push({ code: 'preview-failed', detail });
  }
  return {
    images: {
      ...(mp4Object === null ? {} : { previewMp4: mp4 }),
      ...(webpObject === null ? {} : { previewWebp: webp }),
    },
    objects: [mp4Object, webpObject].filter((object) => object !== null),
    warnings,
  };
}

function sizeOf(rung: Rung, wantedWidth: number): { readonly width: number; readonly height: number } {
  const width = Math.min(wantedWidth, rung.width);
  return { width, height: Math.round((rung.height * width) / rung.width / 2) * 2 };
}
