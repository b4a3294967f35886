import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { allowedDifferenceSeconds, compareDubLength, type DubLength } from '#core/dubs/check-duration.ts';
import { sameLanguage, toBcp47 } from '#core/ladder/language.ts';
import type { SourceAudio, SourceProbe } from '#core/ladder/source.ts';
import { isDecodable } from '#core/ladder/tracks.ts';
import { err, ok, type Result } from '#core/result.ts';
import { parseLoudness, readMeasurements } from '../analyse-source.ts';
import { classifyEncodeFailure } from '../classify-failure.ts';
import type { JobFailure } from '../failure.ts';
import { soundArgs } from '../ffmpeg-args.ts';
import { inputArgs } from '../input-args.ts';
import {
  DUB_FORMAT_WHITELIST,
  ENCODE_BASE_SECONDS,
  ENCODE_CPU_SECONDS_PER_SOURCE_SECOND,
  MAX_DUB_ERROR_LINES_PER_SECOND,
  MIN_DECODED_SHARE,
} from '../limits.ts';
import { probeSource } from '../probe-source.ts';
import { type ProcessOutcome, runProcess } from '../run-process.ts';
import { SAMPLE_RATE_HZ, soundTrack, stereo } from '../sound-chain.ts';
import type { Toolchain } from '../toolchain.ts';
import { sniffDub } from './sniff-dub.ts';

export interface EncodeDubRequest {
  readonly sourceFile: string;
  readonly jobDir: string;
  /** BCP 47. */
  readonly language: string;
  /** Of the picture that it is for. */
  readonly durationSeconds: number;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
  readonly onProbed: () => void;
}

export interface EncodedDub {
  /** One AAC track in a fragmented file, levelled and exactly as long as the picture. */
  readonly file: string;
  readonly length: DubLength;
  readonly dubSeconds: number;
}

/** Looks at the file, measures its sound, and encodes it as the transcoder does the dubs of a film. */
export async function encodeDub(request: EncodeDubRequest): Promise<Result<EncodedDub, JobFailure>> {
  const { jobDir, durationSeconds } = request;
  const source = await inspect(request);
  if (!source.ok) return source;
  const { audio, promisedSeconds } = source.value;
  request.onProbed();
  const measured = await measure(request, audio.streamIndex);
  if (!measured.ok) return measured;
  const { dubSeconds, loudnessLufs, errorLines } = measured.value;
  if (dubSeconds < promisedSeconds * MIN_DECODED_SHARE) {
    const evidence = `${dubSeconds.toFixed(1)} of ${promisedSeconds.toFixed(1)} s of its sound could be read`;
    return err({ reason: 'source-truncated', evidence });
  }
  const frames = Math.round((dubSeconds * SAMPLE_RATE_HZ) / 1024);
  if (errorLines > dubSeconds * MAX_DUB_ERROR_LINES_PER_SECOND)
    return err({ reason: 'source-corrupt', errorLines, frames });
  const length = compareDubLength(dubSeconds, durationSeconds);
  if (length === 'another') return err(mismatch(dubSeconds, durationSeconds));
  const file = join(jobDir, 'dub.mp4');
  const filters = `${soundTrack(audio.streamIndex, durationSeconds, loudnessLufs)}[dub]`;
  const args = ['-filter_complex', filters, ...soundArgs('[dub]', '96k', file)];
  const encoded = await runFfmpeg(request, args);
  return encoded.ok ? ok({ file, length, dubSeconds }) : encoded;
}

interface Inspected {
  readonly audio: SourceAudio;
  readonly promisedSeconds: number;
}

async function inspect(request: EncodeDubRequest): Promise<Result<Inspected, JobFailure>> {
  const { sourceFile, jobDir: workDir, signal, durationSeconds } = request;
  const { ffprobePath, decodable } = request.toolchain;
  const file = await open(sourceFile, 'r');
  try {
    const sniffed = await sniffDub(file, (await file.stat()).size);
    if (!sniffed.ok) return sniffed;
  } finally {
    await file.close();
  }
  const formats = DUB_FORMAT_WHITELIST;
  const probe = await probeSource({ ffprobePath, decodable, sourceFile, workDir, signal, formats });
  if (!probe.ok) return probe;
  const audio = chooseSound(probe.value, request.language);
  if (!audio.ok) return audio;
  const { startSeconds, durationSeconds: own } = audio.value;
  const promisedSeconds = own === null ? probe.value.durationSeconds : startSeconds + own;
  if (promisedSeconds === null || promisedSeconds <= 0) return err({ reason: 'duration-unknown' });
  if (compareDubLength(promisedSeconds, durationSeconds) === 'another')
    return err(mismatch(promisedSeconds, durationSeconds));
  return ok({ audio: audio.value, promisedSeconds });
}

/** The track in the language of the dub, else the one that the file marks as default, else the first. */
function chooseSound({ audio }: SourceProbe, language: string): Result<SourceAudio, JobFailure> {
  if (audio.length > 0 && audio.every(({ encrypted }) => encrypted)) return err({ reason: 'source-encrypted' });
  const decodable = audio.filter(isDecodable);
  const spoken = decodable.filter((track) => sameLanguage(toBcp47(track.language), language));
  const candidates = spoken.length > 0 ? spoken : decodable;
  const chosen = candidates.find(({ isDefault }) => isDefault) ?? candidates[0];
  return chosen === undefined ? err({ reason: 'no-audio-stream', audioStreams: audio.length }) : ok(chosen);
}

const LOUDNESS_FILE = 'loudness-dub.txt';

interface Measured {
  /** How long the sound is that could be decoded: a header promises what it likes. */
  readonly dubSeconds: number;
  readonly loudnessLufs: number | null;
  readonly errorLines: number;
}

async function measure(request: EncodeDubRequest, streamIndex: number): Promise<Result<Measured, JobFailure>> {
  let [dubSeconds, errorLines] = [0, 0];
  const onStdoutLine = (line: string): void => {
    // Both are microseconds; an old ffmpeg writes `ms` alone.
    const time = /^out_time_(?:us|ms)=(\d+)$/.exec(line);
    if (time !== null) dubSeconds = Number(time[1]) / 1_000_000;
  };
  const onStderrLine = (): void => void errorLines++;
  const loudness = `ebur128=metadata=1:framelog=verbose,ametadata=print:key=lavfi.r128.I:file=${LOUDNESS_FILE}`;
  const filters = `${stereo(streamIndex)},${loudness}[a]`;
  const args = ['-filter_complex', filters, '-map', '[a]', '-f', 'null', '-'];
  const decoded = await runFfmpeg(request, args, { onStdoutLine, onStderrLine });
  if (!decoded.ok) return decoded;
  const loudnessLufs = parseLoudness(await readMeasurements(join(request.jobDir, LOUDNESS_FILE)));
  return ok({ dubSeconds, loudnessLufs, errorLines });
}

/** What is longer than any dub of this picture is not decoded to its end. */
async function runFfmpeg(
  { toolchain, sourceFile, jobDir, durationSeconds, signal }: EncodeDubRequest,
  outputArgs: readonly string[],
  heard: Partial<Parameters<typeof runProcess>[0]> = {},
): Promise<Result<ProcessOutcome, JobFailure>> {
  const atMostSeconds = durationSeconds + allowedDifferenceSeconds(durationSeconds) + 1;
  const seconds = Math.ceil(ENCODE_BASE_SECONDS + durationSeconds * ENCODE_CPU_SECONDS_PER_SOURCE_SECOND);
  const args = [
    ...['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', '-timelimit', String(seconds)],
    ...inputArgs(DUB_FORMAT_WHITELIST),
    ...['-t', atMostSeconds.toFixed(3), '-i', sourceFile, '-progress', 'pipe:1'],
    ...outputArgs,
  ];
  const process = { command: toolchain.ffmpegPath, args, cwd: jobDir, timeoutMs: seconds * 1000, signal };
  const outcome = await runProcess({ ...process, maxStdoutBytes: 0, onStdoutLine: () => undefined, ...heard });
  if (outcome.ended === 'timeout') return err({ reason: 'encode-timeout', of: 'time', limitSeconds: seconds });
  if (outcome.ended !== 'exit' || outcome.exitCode !== 0) return err(classifyEncodeFailure(outcome, seconds));
  return ok(outcome);
}

function mismatch(dubSeconds: number, episodeSeconds: number): JobFailure {
  return { reason: 'dub-duration-mismatch', dubSeconds, episodeSeconds };
}
