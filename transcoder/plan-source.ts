import { open } from 'node:fs/promises';
import type { Av1Obstacle } from '#core/ladder/av1.ts';
import { chooseStreams } from '#core/ladder/choose-streams.ts';
import { type LadderPlan, planLadder } from '#core/ladder/plan-ladder.ts';
import { WANTED_FIRST_WIDTH } from '#core/ladder/rungs.ts';
import { err, ok, type Result } from '#core/result.ts';
import { analyseSource } from './analyse-source.ts';
import type { JobFailure } from './failure.ts';
import { LADDER_LIMITS } from './limits.ts';
import { probeSource } from './probe-source.ts';
import { sniffContainer } from './sniff-container.ts';
import type { TranscodeFileRequest } from './transcode-file.ts';

/** What is encoded: all of it, and what of it may be published before the rest; null where that would be all. */
export interface Plans {
  readonly whole: LadderPlan;
  readonly playable: LadderPlan | null;
}

/** Looks at the upload and plans its encode: its first bytes, what ffprobe says, what is measured. */
export async function planSource(request: TranscodeFileRequest): Promise<Result<Plans, JobFailure>> {
  const { sourceFile, jobDir, signal, settings, cutPointsSeconds } = request;
  const file = await open(sourceFile, 'r');
  try {
    const sniffed = await sniffContainer(file, (await file.stat()).size);
    if (!sniffed.ok) return sniffed;
  } finally {
    await file.close();
  }
  const { ffmpegPath, ffprobePath, decodable } = request.toolchain;
  const probe = await probeSource({ ffprobePath, decodable, sourceFile, workDir: jobDir, signal });
  if (!probe.ok) return err(probe.error);
  const source = probe.value;
  const chosen = chooseStreams(source, settings, LADDER_LIMITS);
  if (!chosen.ok) return chosen;
  request.onProbed?.();
  const analysis = await analyseSource({ ffmpegPath, sourceFile, jobDir, chosen: chosen.value, signal });
  const ladder = {
    source,
    settings,
    cutPointsSeconds,
    limits: LADDER_LIMITS,
    analysis,
    av1Obstacle: av1Obstacle(request),
  };
  const whole = planLadder(ladder);
  if (!whole.ok || request.onPlayable === undefined)
    return whole.ok ? ok({ whole: whole.value, playable: null }) : whole;
  const lowest = planLadder({ ...ladder, maxRungWidth: WANTED_FIRST_WIDTH });
  if (!lowest.ok) return lowest;
  const isPart = lowest.value.rungs.length < whole.value.rungs.length;
  return ok({ whole: whole.value, playable: isPart ? lowest.value : null });
}

function av1Obstacle({ toolchain, contentKey }: TranscodeFileRequest): Av1Obstacle | null {
  if (contentKey?.scheme === 'cbcs') return 'cbcs';
  return toolchain.av1 ? null : 'no-encoder';
}
