import { dirname } from 'node:path';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import { err, ok, type Result } from '#core/result.ts';
import { classifyEncodeFailure } from './classify-failure.ts';
import type { JobFailure } from './failure.ts';
import { encodeCpuSeconds, type EncodeFiles, ffmpegArgs } from './ffmpeg-args.ts';
import {
  DECODED_SLACK_FRAMES,
  ENCODE_BASE_SECONDS,
  ENCODE_WALL_SECONDS_PER_SOURCE_SECOND,
  MAX_ENCODE_WALL_SECONDS,
  MAX_ERROR_LINES_PER_FRAME,
  MIN_DECODED_SHARE,
} from './limits.ts';
import { runProcess } from './run-process.ts';

export interface EncodeRequest {
  readonly ffmpegPath: string;
  readonly toneMapping: boolean;
  readonly plan: LadderPlan;
  readonly files: EncodeFiles;
  /** What earlier encodes of the job took. */
  readonly elapsedSeconds: number;
  readonly signal: AbortSignal;
  /** Share of the frames, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

export interface EncodeOutcome {
  readonly frames: number;
  readonly errorLines: number;
}

/** Runs ffmpeg and judges what it did: its exit code alone says nothing about a source that broke off (it is 0). */
export async function encode(request: EncodeRequest): Promise<Result<EncodeOutcome, JobFailure>> {
  const { plan, files } = request;
  const wallSeconds = encodeWallSeconds(plan.durationSeconds, request.elapsedSeconds);
  let frames = 0;
  let errorLines = 0;
  const outcome = await runProcess({
    command: request.ffmpegPath,
    args: ffmpegArgs(plan, files, request.toneMapping),
    // All children of a job have its one directory: it is the only one that they may be given.
    cwd: dirname(files.source),
    timeoutMs: wallSeconds * 1000,
    maxStdoutBytes: 0,
    signal: request.signal,
    onStdoutLine: (line) => {
      const frame = /^frame=\s*(\d+)/.exec(line);
      if (frame === null) return;
      frames = Number(frame[1]);
      request.onProgress(Math.min(1, frames / plan.frameCount));
    },
    onStderrLine: () => {
      errorLines++;
    },
  });
  if (outcome.ended === 'timeout') return err({ reason: 'encode-timeout', of: 'time', limitSeconds: wallSeconds });
  if (outcome.ended !== 'exit' || outcome.exitCode !== 0) {
    return err(classifyEncodeFailure(outcome, encodeCpuSeconds(plan)));
  }
  return judge(plan, { frames, errorLines });
}

export function encodeWallSeconds(durationSeconds: number, elapsedSeconds: number): number {
  const wanted = ENCODE_BASE_SECONDS + durationSeconds * ENCODE_WALL_SECONDS_PER_SOURCE_SECOND;
  const left = Math.max(ENCODE_BASE_SECONDS, MAX_ENCODE_WALL_SECONDS - elapsedSeconds);
  return Math.ceil(Math.min(wanted, left));
}

function judge(plan: LadderPlan, outcome: EncodeOutcome): Result<EncodeOutcome, JobFailure> {
  const { frames, errorLines } = outcome;
  const decoded = frames - (plan.frameCount - plan.sourceFrameCount);
  const needed = Math.min(plan.sourceFrameCount * MIN_DECODED_SHARE, plan.sourceFrameCount - DECODED_SLACK_FRAMES);
  if (decoded <= 0 || decoded < needed) {
    const evidence = `${Math.max(0, decoded)} of ${plan.sourceFrameCount} frames could be read`;
    return err({ reason: 'source-truncated', evidence });
  }
  if (errorLines > frames * MAX_ERROR_LINES_PER_FRAME) return err({ reason: 'source-corrupt', errorLines, frames });
  return ok(outcome);
}
