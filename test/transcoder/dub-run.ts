import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LiveSound, planSounds } from '#core/dubs/plan-sounds.ts';
import type { LeasedContentKey, LeasedDub, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import type { Result } from '#core/result.ts';
import { addDub } from '../../transcoder/dub/add-dub.ts';
import { failureToWire, type JobFailure } from '../../transcoder/failure.ts';
import { ffmpegBinaries, patience, toolchainOf } from './clips.ts';
import { DURATION_SECONDS } from './tracks.ts';

export interface DubRun {
  readonly result: Result<TranscodeResult, JobFailure>;
  readonly out: string;
}

export interface DubOptions {
  readonly language?: string;
  readonly live?: readonly LiveSound[];
  readonly rungs?: LeasedDub['rungs'];
  readonly texts?: LeasedDub['texts'];
  readonly contentKey?: LeasedContentKey | null;
  /** What the version is encrypted with. */
  readonly storedKey?: LeasedDub['contentKey'];
}

export const RUNGS: LeasedDub['rungs'] = [
  { name: 'v0', width: 180, height: 320, frameRate: 24 },
  { name: 'v1', width: 360, height: 640, frameRate: 24 },
];

/** Adds a file's sound to the version in the folder `baseDir`, as a dub job does once all is on its disk. */
export async function runDub(
  dir: string,
  baseDir: string,
  file: string,
  options: DubOptions = {},
  segmentDurationsSeconds: readonly number[] = [1, 1, 2, 2, 2],
): Promise<DubRun> {
  const { language = 'es', live = [], rungs = RUNGS, texts = [], contentKey = null, storedKey = null } = options;
  const jobDir = join(dir, `dub-${crypto.randomUUID()}`);
  mkdirSync(jobDir);
  const paths = readdirSync(baseDir, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(baseDir, path)).isFile());
  const dub: LeasedDub = {
    ...{ language, segmentDurationsSeconds, rungs, texts, contentKey: storedKey },
    sounds: planSounds(live, { language, label: null, isMachineGenerated: true }, 'en'),
    objects: files.map((path) => ({ path, url: 'http://unused', sizeBytes: statSync(join(baseDir, path)).size })),
  };
  const out = join(jobDir, 'out');
  const result = await addDub({
    ...{ dub, sourceFile: file, baseDir, jobDir, outputDir: out, contentKey },
    toolchain: await toolchainOf(ffmpegBinaries()),
    signal: patience(),
    onProbed: () => undefined,
    onProgress: () => undefined,
  });
  return { result, out };
}

export function dubbed({ result }: DubRun): TranscodeResult {
  if (!result.ok) throw new Error(failureToWire(result.error).detail);
  return result.value;
}

/** A beep for 0.1 s at each odd second, as the picture of `encodeTracks` flashes; quieter than episodes are. */
export function makeDub(dir: string, file: string, seconds = DURATION_SECONDS, more: readonly string[] = []): string {
  const path = join(dir, file);
  const beep = `aevalsrc='if(between(mod(t,2),1,1.1),0.2*sin(2*PI*700*t),0)':s=44100:d=${seconds}`;
  const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', beep, ...more, path];
  execFileSync(ffmpegBinaries().ffmpegPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return path;
}
