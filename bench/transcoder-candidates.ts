/** Three ways to the same rungs. Each takes its filters and encoder settings from the transcoder's own command line. */
import path from 'node:path';
import type { LadderPlan } from '../core/ladder/plan-ladder.ts';
import { encodeFiles } from '../transcoder/encode-files.ts';
import { ffmpegArgs } from '../transcoder/ffmpeg-args.ts';
import { packageLadder } from '../transcoder/package/package-ladder.ts';
import { runProcess } from '../transcoder/run-process.ts';
import type { BenchSource } from './transcoder-source.ts';

export interface Candidate {
  readonly name: string;
  readonly run: (source: BenchSource, dir: string) => Promise<void>;
  /** Its packaging is done in this process, whose CPU counts then. */
  readonly packagesHere?: boolean;
}

export function candidates({ plan }: BenchSource): readonly Candidate[] {
  const frames = `${plan.frameCount} frames`;
  return [
    { name: 'one process, our packager', run: ours, packagesHere: true },
    { name: 'one process a rung', run: separate },
    { name: "ffmpeg's HLS muxer", run: hlsMuxer },
    { name: `our command line with its stills, ${frames}`, run: oursWithStills },
  ];
}

async function ours(source: BenchSource, dir: string): Promise<void> {
  const files = encodeFiles(source.plan, source.file, dir);
  await ffmpeg(source, dir, withoutStills(ffmpegArgs(source.plan, files, source.toolchain.toneMapping)));
  await packageLadder(source.plan, files, path.join(dir, 'out'), null);
}

async function oursWithStills(source: BenchSource, dir: string): Promise<void> {
  const files = encodeFiles(source.plan, source.file, dir);
  await ffmpeg(source, dir, ffmpegArgs(source.plan, files, source.toolchain.toneMapping));
}

/** Each decodes the source again and scales it to its own size at once; the sound goes with the first. */
async function separate(source: BenchSource, dir: string): Promise<void> {
  for (const [n, rung] of source.plan.rungs.entries()) {
    const { width, height } = rung;
    const fit: LadderPlan['fit'] = { ...source.plan.fit, scaled: scaledFor(source.plan, width, height) };
    const plan: LadderPlan = { ...source.plan, rungs: [rung], firstRungName: rung.name, fit };
    const args = withoutStills(ffmpegArgs(plan, encodeFiles(plan, source.file, dir), source.toolchain.toneMapping));
    await ffmpeg(source, dir, n === 0 ? args : withoutSound(args));
  }
}

function scaledFor({ fit, rungs }: LadderPlan, width: number, height: number): { width: number; height: number } {
  const top = rungs.at(-1) ?? rungs[0];
  const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2);
  return {
    width: even((fit.scaled.width * width) / top.width),
    height: even((fit.scaled.height * height) / top.height),
  };
}

/** What the documentation of ffmpeg would have one write: a variant stream a rung, one sound for all, fMP4 segments. */
async function hlsMuxer(source: BenchSource, dir: string): Promise<void> {
  const args = withoutStills(
    ffmpegArgs(source.plan, encodeFiles(source.plan, source.file, dir), source.toolchain.toneMapping),
  );
  const kept = args.filter(
    (arg, n) => !isOutput(arg, dir) && !MUXER_OPTIONS.has(arg) && !MUXER_OPTIONS.has(args[n - 1] ?? ''),
  );
  const streams = source.plan.rungs.map((_, n) => `v:${n},agroup:sound`).join(' ');
  // Options without a stream would be the last rung's for all of them: each -map's own options name its stream.
  await ffmpeg(source, dir, [
    ...perStream(kept),
    ...['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_flags', 'independent_segments', '-master_pl_name', 'multivariant.m3u8'],
    ...['-var_stream_map', `${streams} a:0,agroup:sound`, path.join(dir, 'hls-%v.m3u8')],
  ]);
}

const MUXER_OPTIONS = new Set(['-movflags', '-f', '-frag_duration', '-video_track_timescale']);

function isOutput(arg: string, dir: string): boolean {
  return arg.startsWith(dir) && arg.endsWith('.mp4') && !arg.endsWith('source.mp4');
}

const STREAM_OPTIONS = new Set([
  ...['-c:v', '-preset', '-pix_fmt', '-profile:v', '-level', '-crf', '-maxrate', '-bufsize', '-colorspace'],
  ...['-color_primaries', '-color_trc', '-color_range', '-force_key_frames', '-sc_threshold', '-g', '-keyint_min'],
  ...['-bf', '-refs', '-flags', '-c:a', '-b:a', '-ac'],
]);

function perStream(args: readonly string[]): readonly string[] {
  let [stream, videos] = ['', 0];
  return args.map((arg, n) => {
    if (arg === '-map') stream = args[n + 1] === '[audio]' ? 'a:0' : `v:${videos++}`;
    return STREAM_OPTIONS.has(arg) && stream !== '' ? `${arg.replace(/:[av]$/, '')}:${stream}` : arg;
  });
}

/** The ladder and its sound alone: posters, storyboard and thumbnails are products that the others do not make. */
export function withoutStills(args: readonly string[]): readonly string[] {
  const graph = (text: string): string =>
    text
      .split(';')
      .filter((chain) => !/^\[(stills|posters|tiles|thumbs)\]/.test(chain))
      .map((chain) =>
        chain.replace(
          /^\[canvas\]split=(\d+)(.*)\[stills\]$/,
          (_, count, rest) => `[canvas]split=${Number(count) - 1}${rest}`,
        ),
      )
      .join(';');
  return args
    .slice(0, args.indexOf('[poster]') - 1)
    .map((arg, n) => (args[n - 1] === '-filter_complex' ? graph(arg) : arg));
}

function withoutSound(args: readonly string[]): readonly string[] {
  return args
    .slice(0, args.indexOf('[audio]') - 1)
    .map((arg, n) => (args[n - 1] === '-filter_complex' ? withoutSoundChains(arg) : arg));
}

export function withoutSoundChains(graph: string): string {
  return graph
    .split(';')
    .filter((chain) => !/\[(audio|dub\d+)\]$/.test(chain))
    .join(';');
}

export async function ffmpeg({ toolchain }: BenchSource, dir: string, args: readonly string[]): Promise<string> {
  const outcome = await runProcess({
    command: toolchain.ffmpegPath,
    args,
    cwd: dir,
    timeoutMs: 10 * 60_000,
    maxStdoutBytes: 10 * 2 ** 20,
    signal: AbortSignal.timeout(10 * 60_000),
  });
  if (outcome.exitCode !== 0) throw new Error(`${outcome.stderrTail}\nffmpeg ${args.join(' ')}`);
  return outcome.stderrTail;
}
