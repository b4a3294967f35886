import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Passage, SourceAnalysis } from '#core/ladder/analysis.ts';
import type { ChosenStreams } from '#core/ladder/choose-streams.ts';
import { findLetterbox, type PictureArea } from '#core/ladder/letterbox.ts';
import { uprightSize } from '#core/ladder/picture.ts';
import { inputArgs } from './input-args.ts';
import {
  ANALYSED_START_SECONDS,
  ANALYSIS_CPU_SECONDS_PER_SOURCE_SECOND,
  ENCODE_BASE_SECONDS,
  MAX_ANALYSIS_BYTES,
  MIN_ANALYSED_GAP_SECONDS,
  MIN_ANALYSED_KEYFRAMES,
} from './limits.ts';
import { type ProcessOutcome, runProcess } from './run-process.ts';
import { stereo } from './sound-chain.ts';

export interface AnalysisRequest {
  readonly ffmpegPath: string;
  readonly sourceFile: string;
  readonly jobDir: string;
  readonly chosen: ChosenStreams;
  readonly signal: AbortSignal;
}

/**
 * What must be known before the encode: black bars and loudness. What can wait for it (black, frozen) is read off its stills.
 *
 * Sound is decoded whole, of the picture the keyframes only: a tenth of the CPU that decoding it all takes. Nothing depends
 * on this pass: where it fails, the picture stays whole and the sound as loud as it is, and the encode finds out why.
 */
export async function analyseSource(request: AnalysisRequest): Promise<SourceAnalysis> {
  const keyframes = await measure(request, 'keyframes');
  // A short episode may have one keyframe only; then its start is decoded whole, which is cheap for the same reason.
  const areas =
    keyframes.areas.length >= MIN_ANALYSED_KEYFRAMES ? keyframes.areas : (await measure(request, 'start')).areas;
  const crop = findLetterbox(areas, uprightSize(request.chosen.video));
  return { crop, loudnessLufs: keyframes.loudnessLufs, silences: keyframes.silences };
}

interface Measured extends Omit<SourceAnalysis, 'crop'> {
  readonly areas: readonly PictureArea[];
}

async function measure(request: AnalysisRequest, what: 'keyframes' | 'start'): Promise<Measured> {
  const { jobDir, chosen } = request;
  const { audioTracks, durationSeconds } = chosen;
  const outcome = await runAnalysis(request, what);
  if (outcome.ended === 'aborted') return { areas: [], loudnessLufs: new Map(), silences: [] };
  const areas = parseAreas(await readMeasurements(join(jobDir, AREAS_FILE)));
  if (what === 'start') return { areas, loudnessLufs: new Map(), silences: [] };
  const loudnessLufs = new Map<number, number | null>();
  for (const { streamIndex } of audioTracks) {
    loudnessLufs.set(streamIndex, parseLoudness(await readMeasurements(join(jobDir, loudnessFile(streamIndex)))));
  }
  const silences = parseSilences(await readMeasurements(join(jobDir, SILENCES_FILE)), durationSeconds);
  return { areas, loudnessLufs, silences };
}

const AREAS_FILE = 'areas.txt';
const SILENCES_FILE = 'silences.txt';

function loudnessFile(streamIndex: number): string {
  return `loudness-${streamIndex}.txt`;
}

/** The filters write to files of the job's directory: several measurements cannot share standard output. */
async function runAnalysis(request: AnalysisRequest, what: 'keyframes' | 'start'): Promise<ProcessOutcome> {
  const { ffmpegPath, sourceFile, jobDir, chosen, signal } = request;
  const { video, audioTracks, durationSeconds } = chosen;
  const cpuSeconds = Math.ceil(ENCODE_BASE_SECONDS + durationSeconds * ANALYSIS_CPU_SECONDS_PER_SOURCE_SECOND);
  const seconds = what === 'start' ? Math.min(ANALYSED_START_SECONDS, durationSeconds) : durationSeconds;
  const sound = what === 'start' ? [] : audioTracks;
  // An upload may have thousands of pictures a second, each a line of output: 13 bytes of a file became 215 of measurements.
  const paced = `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${MIN_ANALYSED_GAP_SECONDS})'`;
  const picture = `[0:${video.streamIndex}]${paced},cropdetect=limit=24:round=2:reset=1,metadata=print:file=${AREAS_FILE},setpts=N/25/TB[v]`;
  const tracks = sound.map(({ streamIndex, isMain }, n) => {
    const silences = isMain ? `silencedetect=n=-55dB:d=2,ametadata=print:file=${SILENCES_FILE},` : '';
    const loudness = `ebur128=metadata=1:framelog=verbose,ametadata=print:key=lavfi.r128.I:file=${loudnessFile(streamIndex)}`;
    return `${stereo(streamIndex)},${silences}${loudness}[a${n}]`;
  });
  const args = [
    ...['-hide_banner', '-nostdin', '-y', '-v', 'error', '-nostats', '-timelimit', String(cpuSeconds)],
    ...inputArgs(),
    ...(what === 'keyframes' ? ['-skip_frame', 'nokey'] : []),
    ...['-t', seconds.toFixed(3), '-i', sourceFile, '-filter_complex', [picture, ...tracks].join(';')],
    // One frame for each that came: keyframes are not repeated to keep a rate.
    ...['-map', '[v]', '-r', '25', '-f', 'null', '-'],
    ...sound.flatMap((_, n) => ['-map', `[a${n}]`, '-f', 'null', '-']),
  ];
  return runProcess({
    command: ffmpegPath,
    args,
    cwd: jobDir,
    timeoutMs: cpuSeconds * 1000,
    maxStdoutBytes: 0,
    signal,
  });
}

export async function readMeasurements(file: string): Promise<readonly string[]> {
  try {
    // Asked before it is read: memory is not for an upload to fill.
    if ((await stat(file)).size > MAX_ANALYSIS_BYTES) return [];
    return (await readFile(file, 'latin1')).split('\n');
  } catch {
    return [];
  }
}

/** `lavfi.cropdetect.w=608` and so on, after one `frame:` line for each frame that was not black. */
export function parseAreas(lines: readonly string[]): readonly PictureArea[] {
  const areas: PictureArea[] = [];
  let values = new Map<string, number>();
  const finish = (): void => {
    const [x, y, width, height] = ['x', 'y', 'w', 'h'].map((name) => values.get(name) ?? -1);
    if (x !== undefined && y !== undefined && width !== undefined && height !== undefined && x >= 0 && y >= 0) {
      if (width > 0 && height > 0) areas.push({ x, y, width, height });
    }
    values = new Map();
  };
  for (const line of lines) {
    if (line.startsWith('frame:')) finish();
    const value = /^lavfi\.cropdetect\.([xywh])=(-?\d+)$/.exec(line);
    if (value?.[1] !== undefined) values.set(value[1], Number(value[2]));
  }
  finish();
  return areas;
}

/** The measure is cumulative: the last line is the whole track. */
export function parseLoudness(lines: readonly string[]): number | null {
  const last = lines.findLast((line) => line.startsWith('lavfi.r128.I='));
  const lufs = last === undefined ? Number.NaN : Number(last.slice('lavfi.r128.I='.length));
  return Number.isFinite(lufs) && lufs >= -100 && lufs <= 20 ? lufs : null;
}

function parseSilences(lines: readonly string[], durationSeconds: number): readonly Passage[] {
  const silences: Passage[] = [];
  let start: number | null = null;
  for (const line of lines) {
    const mark = /^lavfi\.silence_(start|end)=(-?[\d.]+)$/.exec(line);
    if (mark === null) continue;
    const seconds = Math.max(0, Number(mark[2]));
    if (mark[1] === 'start') start = seconds;
    else if (start !== null) {
      silences.push({ startSeconds: start, endSeconds: seconds });
      start = null;
    }
  }
  if (start !== null) silences.push({ startSeconds: start, endSeconds: durationSeconds });
  return silences;
}
