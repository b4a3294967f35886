import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeasedContentKey, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { type LadderPlan, planLadder } from '#core/ladder/plan-ladder.ts';
import { err, ok, type Result } from '#core/result.ts';
import { CONTENT_KEY_BYTES, KEY_ID_BYTES } from '#core/token/content-key.ts';
import { choosePoster } from './choose-poster.ts';
import { encode } from './encode.ts';
import type { JobFailure } from './failure.ts';
import { encodeFiles } from './ffmpeg-args.ts';
import { MAX_DURATION_SECONDS, MAX_PIXELS, MIN_SIDE_PIXELS } from './limits.ts';
import { type PackagedLadder, packageLadder } from './package/package-ladder.ts';
import type { Protection } from './package/write-segments.ts';
import { probeSource } from './probe-source.ts';
import { sniffContainer } from './sniff-container.ts';
import type { Toolchain } from './toolchain.ts';

export interface TranscodeFileRequest {
  readonly sourceFile: string;
  /** Scratch, for the files between ffmpeg and the packager. */
  readonly jobDir: string;
  /** Receives the presentation: multivariant.m3u8, poster.jpg, v0/ …. */
  readonly outputDir: string;
  readonly cutPointsSeconds: readonly number[];
  /** null leaves the segments in the clear. */
  readonly contentKey: LeasedContentKey | null;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
  /** 0 to 1 over the encode. */
  readonly onProgress: (share: number) => void;
}

/** One local file to one HLS presentation: check, probe, plan, encode, package. Knows nothing of the edge. */
export async function transcodeFile(request: TranscodeFileRequest): Promise<Result<TranscodeResult, JobFailure>> {
  const { sourceFile, jobDir, outputDir, toolchain, signal } = request;
  const protection = readProtection(request.contentKey);
  if (!protection.ok) return protection;
  const planned = await planSource(request);
  if (!planned.ok) return planned;
  const plan = planned.value;

  await mkdir(outputDir, { recursive: true });
  const files = encodeFiles(plan, sourceFile, jobDir);
  const { ffmpegPath, toneMapping } = toolchain;
  const encoded = await encode({
    ffmpegPath,
    toneMapping,
    plan,
    files,
    jobDir,
    signal,
    onProgress: request.onProgress,
  });
  if (!encoded.ok) return encoded;

  const ladder = await packageLadder(plan, files, outputDir, protection.value);
  const poster = await choosePoster(files, jobDir, outputDir);
  const warnings: TranscodeResult['warnings'][number][] = [...plan.warnings];
  if (poster.isBlack)
    warnings.push({ code: 'picture-black', detail: 'The picture is black throughout, so the poster is too.' });
  if (plan.video.transfer !== 'sdr' && !toneMapping) {
    warnings.push({
      code: 'hdr-not-tone-mapped',
      detail: 'This ffmpeg has no zscale filter: HDR colours look pale. Install a full ffmpeg.',
    });
  }
  if (encoded.value.errorLines > 0) {
    const detail = `ffmpeg reported ${encoded.value.errorLines} decoding errors; watch the episode before publishing it.`;
    warnings.push({ code: 'decoding-errors', detail });
  }
  const result = toResult(ladder, [...ladder.objects, poster.object], warnings);
  return ok(request.contentKey === null ? result : { ...result, protection: request.contentKey.scheme });
}

/** Nothing is left in the clear because its scheme is unknown here. */
function readProtection(contentKey: LeasedContentKey | null): Result<Protection | null, JobFailure> {
  if (contentKey === null) return ok(null);
  const { scheme } = contentKey;
  const [key, keyId] = [contentKey.key, contentKey.keyId].map((text) => Buffer.from(text, 'base64url'));
  if (key?.length !== CONTENT_KEY_BYTES || keyId?.length !== KEY_ID_BYTES)
    return err({ reason: 'protection-unsupported', scheme });
  // One IV for all Renditions of the version, as the key is one. It is no secret: init sections name it.
  return ok(scheme === 'cbcs' ? { scheme, key, keyId, iv: randomBytes(16) } : { scheme, key });
}

async function planSource(request: TranscodeFileRequest): Promise<Result<LadderPlan, JobFailure>> {
  const { sourceFile, jobDir, signal, cutPointsSeconds } = request;
  const file = await open(sourceFile, 'r');
  try {
    const sniffed = await sniffContainer(file, (await file.stat()).size);
    if (!sniffed.ok) return sniffed;
  } finally {
    await file.close();
  }
  const probe = await probeSource({ ffprobePath: request.toolchain.ffprobePath, sourceFile, workDir: jobDir, signal });
  if (!probe.ok) return err(probe.error);
  const limits = { maxDurationSeconds: MAX_DURATION_SECONDS, maxPixels: MAX_PIXELS, minSidePixels: MIN_SIDE_PIXELS };
  return planLadder({ source: probe.value, cutPointsSeconds, limits });
}

function toResult(
  ladder: PackagedLadder,
  objects: TranscodeResult['objects'],
  warnings: TranscodeResult['warnings'],
): TranscodeResult {
  const { durationSeconds, segmentDurationsSeconds } = ladder;
  return {
    durationSeconds,
    renditions: ladder.rungs.map((rung) => rung.variant),
    segmentDurationsSeconds,
    objects,
    warnings,
  };
}

/** The Content-Type an object is stored with, by its name. */
export function contentType(path: string): string {
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl';
  if (path.endsWith('.jpg')) return 'image/jpeg';
  if (path.endsWith('.webp')) return 'image/webp';
  if (path.endsWith('.vtt')) return 'text/vtt';
  return path.endsWith('.m4s') ? 'video/iso.segment' : 'video/mp4';
}

/** Where a job keeps the file it downloads. */
export function sourcePath(jobDir: string): string {
  return join(jobDir, 'source');
}
