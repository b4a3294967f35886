import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AudioTrackReport, LeasedContentKey, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { checkDurations, isShorterThanProbed } from '#core/ladder/check-durations.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { EncodingSettings } from '#core/ladder/settings.ts';
import type { AudioRendition } from '#core/playlist/renditions.ts';
import { err, ok, type Result } from '#core/result.ts';
import { CONTENT_KEY_BYTES, KEY_ID_BYTES } from '#core/token/content-key.ts';
import { encodeFiles } from './encode-files.ts';
import { encode } from './encode.ts';
import { readExtraTracks } from './extra-tracks.ts';
import { failureToWire, type JobFailure } from './failure.ts';
import { type Images, makeImages } from './make-images.ts';
import { type PackagedLadder, packageLadder } from './package/package-ladder.ts';
import type { Protection } from './package/write-segments.ts';
import { planSource } from './plan-source.ts';
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
  readonly settings: EncodingSettings;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
  /** The source can be decoded; what is left before the encode is to measure it. */
  readonly onProbed?: () => void;
  /** 0 to 1 over the encode. */
  readonly onProgress: (share: number) => void;
  /** Takes the lowest rungs, a presentation in a folder of its own, before the others are begun; the folder is gone afterwards. */
  readonly onPlayable?: ((result: TranscodeResult, outputDir: string) => Promise<void>) | undefined;
}

/** Of the progress, what the lowest rungs take where they are made first. */
const PLAYABLE_SHARE = 0.3;

/** One local file to one HLS presentation: check, probe, plan, encode, package. Knows nothing of the edge. */
export async function transcodeFile(request: TranscodeFileRequest): Promise<Result<TranscodeResult, JobFailure>> {
  const protection = readProtection(request.contentKey);
  if (!protection.ok) return protection;
  const planned = await planSource(request);
  if (!planned.ok) return planned;
  const { whole, playable } = planned.value;
  const startedMs = performance.now();
  if (playable === null) return present(request, whole, protection.value);
  const early = await presentPlayable(request, playable, protection.value);
  // What is wrong with the source is wrong with all of it, and what took too long takes longer; anything else need not
  // happen to the whole ladder.
  if (!early.ok && (early.error.reason === 'encode-timeout' || !failureToWire(early.error).retryable)) return early;
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const onProgress = (share: number): void => request.onProgress(PLAYABLE_SHARE + share * (1 - PLAYABLE_SHARE));
  return present({ ...request, onProgress }, whole, protection.value, elapsedSeconds);
}

/** Encoded twice, these rungs: the whole ladder comes from one decode, and its parts are never mixed. */
async function presentPlayable(
  request: TranscodeFileRequest,
  plan: LadderPlan,
  protection: Protection | null,
): Promise<Result<void, JobFailure>> {
  const jobDir = join(request.jobDir, 'playable');
  const outputDir = join(jobDir, 'out');
  await mkdir(jobDir, { recursive: true });
  const onProgress = (share: number): void => request.onProgress(share * PLAYABLE_SHARE);
  const early = await present({ ...request, jobDir, outputDir, onProgress }, plan, protection);
  if (early.ok) await request.onPlayable?.(early.value, outputDir);
  await rm(jobDir, { recursive: true, force: true });
  return early.ok ? ok(undefined) : early;
}

async function present(
  request: TranscodeFileRequest,
  plan: LadderPlan,
  protection: Protection | null,
  elapsedSeconds = 0,
): Promise<Result<TranscodeResult, JobFailure>> {
  const { sourceFile, jobDir, outputDir, toolchain, signal } = request;
  await mkdir(outputDir, { recursive: true });
  const files = encodeFiles(plan, sourceFile, jobDir);
  const { ffmpegPath, toneMapping } = toolchain;
  const encoded = await encode({
    ffmpegPath,
    toneMapping,
    plan,
    files,
    elapsedSeconds,
    signal,
    onProgress: request.onProgress,
  });
  if (!encoded.ok) return encoded;

  const extra = await readExtraTracks(plan, files);
  const ladder = await packageLadder(plan, files, outputDir, protection, extra);
  const evidence = checkDurations({
    frameRate: plan.frameRate,
    encodedFrames: encoded.value.frames,
    rungs: ladder.rungs.map(({ variant, segmentDurationsSeconds }) => ({
      name: variant.name,
      segmentDurationsSeconds,
    })),
    sounds: ladder.sounds,
  });
  if (evidence !== null) return err({ reason: 'durations-differ', evidence });
  const beside = await makeImages({ plan, files, jobDir, outputDir, toolchain, signal });
  const warnings: TranscodeResult['warnings'][number][] = [...plan.warnings, ...beside.warnings, ...extra.warnings];
  const toneMapped = warnings.findIndex((warning) => warning.code === 'hdr-tone-mapped');
  if (toneMapped >= 0 && !toneMapping) {
    warnings.splice(toneMapped, 1, {
      code: 'hdr-not-tone-mapped',
      detail: 'This ffmpeg has no zscale filter: HDR colours look pale. Install a full ffmpeg.',
    });
  }
  if (encoded.value.errorLines > 0) {
    const detail = `ffmpeg reported ${encoded.value.errorLines} decoding errors; watch the episode before publishing it.`;
    warnings.push({ code: 'decoding-errors', detail });
  }
  if (isShorterThanProbed(ladder.durationSeconds, plan.durationSeconds, plan.frameRate)) {
    const detail = `The file says that it lasts ${plan.durationSeconds.toFixed(1)} s, and ${ladder.durationSeconds.toFixed(1)} s could be read. Check that its end is there.`;
    warnings.push({ code: 'shorter-than-declared', detail });
  }
  const result = toResult(plan, ladder, beside, warnings);
  return ok(request.contentKey === null ? result : { ...result, protection: request.contentKey.scheme });
}

/** Nothing is left in the clear because its scheme is unknown here. */
export function readProtection(contentKey: LeasedContentKey | null): Result<Protection | null, JobFailure> {
  if (contentKey === null) return ok(null);
  const { scheme, signalling = null } = contentKey;
  const [key, keyId] = [contentKey.key, contentKey.keyId].map((text) => Buffer.from(text, 'base64url'));
  if (key?.length !== CONTENT_KEY_BYTES || keyId?.length !== KEY_ID_BYTES)
    return err({ reason: 'protection-unsupported', scheme });
  // One IV for all Renditions of the version, as the key is one. It is no secret: init sections name it.
  return ok(scheme === 'cbcs' ? { scheme, key, keyId, iv: randomBytes(16), signalling } : { scheme, key });
}

function toResult(
  plan: LadderPlan,
  ladder: PackagedLadder,
  beside: Images,
  warnings: TranscodeResult['warnings'],
): TranscodeResult {
  const { durationSeconds, segmentDurationsSeconds } = ladder;
  const { images, thumbhash } = beside;
  const loudnessLufs = plan.audio === null ? null : (plan.loudnessLufs.get(plan.audio.streamIndex) ?? null);
  return {
    durationSeconds,
    renditions: ladder.rungs.map(({ variant, startBytes }) => ({ ...variant, startBytes })),
    segmentDurationsSeconds,
    objects: [...ladder.objects, ...beside.objects],
    warnings,
    audioTracks: ladder.audioTracks.map(toTrackReport),
    textTracks: ladder.textTracks,
    mainLanguage: plan.audioTracks.find((track) => track.isMain)?.language ?? null,
    thumbhash,
    images,
    ...(loudnessLufs === null ? {} : { loudnessLufs }),
  };
}

/** Which one is the main language is in its name: `a0`. */
export function toTrackReport(track: AudioRendition): AudioTrackReport {
  const { name, language, label, channels, codecs, bandwidthBps, averageBandwidthBps, isMachineGenerated } = track;
  return { name, language, label, channels, codecs, bandwidthBps, averageBandwidthBps, isMachineGenerated };
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
