import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';
import type { Result } from '#core/result.ts';
import { failureToWire, type JobFailure } from '../../transcoder/failure.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import { transcodeFile } from '../../transcoder/transcode-file.ts';
import { patience } from './clips.ts';

export interface FileRun {
  readonly result: Result<TranscodeResult, JobFailure>;
  /** What ffmpeg left, beside what is published. */
  readonly jobDir: string;
  readonly out: string;
}

/** One local file through the whole transcoder, in a directory of its own. */
export async function runFile(
  dir: string,
  sourceFile: string,
  toolchain: Toolchain,
  settings: Partial<EncodingSettings> = {},
): Promise<FileRun> {
  const jobDir = join(dir, `job-${crypto.randomUUID()}`);
  const out = join(jobDir, 'out');
  mkdirSync(jobDir);
  const result = await transcodeFile({
    sourceFile,
    jobDir,
    outputDir: out,
    cutPointsSeconds: [],
    contentKey: null,
    settings: { ...DEFAULT_ENCODING_SETTINGS, ...settings },
    toolchain,
    signal: patience(),
    onProgress: () => undefined,
  });
  return { result, jobDir, out };
}

export function made({ result }: FileRun): TranscodeResult {
  if (!result.ok) throw new Error(failureToWire(result.error).detail);
  return result.value;
}

export function warningCodes(run: FileRun): readonly string[] {
  return made(run).warnings.map((warning) => warning.code);
}
