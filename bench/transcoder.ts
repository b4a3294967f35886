/**
 * What an episode costs to make: CPU of the ffmpeg processes and of the packager, never the wall clock. Our one process
 * against one process a rung, and against ffmpeg's own HLS muxer, for the same rungs, the same sound, the same encoder settings.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TranscodeResult } from '../core/ingest/transcoder-protocol.ts';
import { type ChildUsage, withChildUsage } from '../scripts/lib/child-usage.ts';
import { transcodeFile } from '../transcoder/transcode-file.ts';
import { median } from './median.ts';
import { print, saveResults } from './report.ts';
import { type Candidate, candidates } from './transcoder-candidates.ts';
import { type BenchSource, openSource, SETTINGS } from './transcoder-source.ts';
import { measureSsim } from './transcoder-ssim.ts';

const TURNS = 3;
const SAMPLE_INTERVAL_MS = 200;

interface Cost {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export async function benchTranscoder(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-bench-transcoder-'));
  try {
    const source = await openSource(folder);
    if (source === null) return console.log('ffmpeg is not installed: the transcoder is left out.');
    const rows = [...candidates(source), { name: WHOLE, run: whole }];
    const costs = new Map<string, Cost[]>(rows.map(({ name }) => [name, []]));
    // They take turns, so that what else the machine does falls on all of them.
    for (let turn = 0; turn < TURNS; turn++) {
      for (const candidate of rows) costs.get(candidate.name)?.push(await costOf(candidate, source, folder));
    }
    await report(source, costs, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WHOLE = 'the whole job: probe, analysis, encode, package, pictures';

async function costOf(candidate: Candidate, source: BenchSource, folder: string): Promise<Cost> {
  const dir = path.join(folder, 'turn');
  mkdirSync(dir);
  const before = process.cpuUsage();
  const [, usage]: readonly [void, ChildUsage] = await withChildUsage(
    () => candidate.run(source, dir),
    SAMPLE_INTERVAL_MS,
  );
  const { user, system } = process.cpuUsage(before);
  rmSync(dir, { recursive: true });
  // Our own process packages, which ffmpeg's muxer does inside.
  const own = candidate.packagesHere === true ? (user + system) / 1e6 : 0;
  return { cpuSeconds: usage.cpuSeconds + own, peakBytes: usage.peakBytes };
}

async function whole(source: BenchSource, dir: string): Promise<void> {
  await transcode(source, dir);
}

async function transcode(source: BenchSource, dir: string): Promise<TranscodeResult> {
  const result = await transcodeFile({
    sourceFile: source.file,
    jobDir: dir,
    outputDir: path.join(dir, 'out'),
    cutPointsSeconds: [],
    contentKey: null,
    settings: SETTINGS,
    toolchain: source.toolchain,
    signal: AbortSignal.timeout(15 * 60_000),
    onProgress: () => undefined,
  });
  if (!result.ok) throw new Error(`the bench's own source was refused: ${result.error.reason}`);
  return result.value;
}

async function report(source: BenchSource, costs: ReadonlyMap<string, readonly Cost[]>, folder: string): Promise<void> {
  const { plan } = source;
  const cpuOf = (name: string): number => median((costs.get(name) ?? []).map((cost) => cost.cpuSeconds));
  const ours = cpuOf('one process, our packager');
  const rows = [...costs.keys()].map((name) => ({
    name,
    cpuSecondsPerSourceSecond: cpuOf(name) / plan.durationSeconds,
    timesOurs: cpuOf(name) / ours,
    peakMebibytes: Math.max(...(costs.get(name) ?? []).map((cost) => cost.peakBytes)) / 2 ** 20,
  }));
  print(
    [`${plan.rungs.length} rungs, ${plan.durationSeconds.toFixed(1)} s, veryfast`, 'CPU s per s', '× ours', 'peak MiB'],
    rows.map(({ name, cpuSecondsPerSourceSecond, timesOurs, peakMebibytes }) => [
      ...[name, cpuSecondsPerSourceSecond.toFixed(2), timesOurs.toFixed(2), peakMebibytes.toFixed(0)],
    ]),
  );
  const lessThanSeparate = 1 - ours / cpuOf('one process a rung');
  const moreThanHls = ours / cpuOf("ffmpeg's HLS muxer") - 1;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  print(
    ['target', 'measured', 'wanted'],
    [
      ['less than one process a rung', percent(lessThanSeparate), '>= 25 %'],
      ["more than ffmpeg's HLS muxer", percent(moreThanHls), '<= 10 %'],
    ],
  );
  const episode = await measureEpisode(source, path.join(folder, 'episode'));
  saveResults('transcoder', {
    at: new Date().toISOString(),
    turns: TURNS,
    rows,
    lessThanSeparate,
    moreThanHls,
    ...episode,
  });
}

/** What a viewer downloads, and how near it is to the source. */
async function measureEpisode(source: BenchSource, dir: string): Promise<object> {
  mkdirSync(dir);
  const { objects, renditions, durationSeconds } = await transcode(source, dir);
  const ssim = measureSsim(source, dir);
  const bytesBelow = (prefix: string): number =>
    objects
      .filter((object) => object.path.startsWith(prefix))
      .reduce((sum, { path: at }) => sum + statSync(path.join(dir, 'out', at)).size, 0);
  const rungs = renditions.map(({ name, width, height }) => {
    const bytes = bytesBelow(`${name}/`);
    return {
      name,
      width,
      height,
      bytes,
      kilobitsPerSecond: (bytes * 8) / 1000 / durationSeconds,
      ssim: ssim.get(name) ?? null,
    };
  });
  const bytes = bytesBelow('');
  print(
    ['what is delivered', 'kB', 'kbit/s', 'SSIM'],
    [
      ...rungs.map((rung) => [
        ...[`${rung.name}: ${rung.width}x${rung.height}, sound in it`, (rung.bytes / 1000).toFixed(0)],
        ...[rung.kilobitsPerSecond.toFixed(0), rung.ssim?.toFixed(4) ?? ''],
      ]),
      ['the episode, all objects', (bytes / 1000).toFixed(0), ((bytes * 8) / 1000 / durationSeconds).toFixed(0), ''],
    ],
  );
  return { bytes, rungs };
}
