/** The film that the transcoder's part of the bench is about, and what is planned for it. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { chooseStreams } from '../core/ladder/choose-streams.ts';
import { type LadderPlan, planLadder } from '../core/ladder/plan-ladder.ts';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '../core/ladder/settings.ts';
import { analyseSource } from '../transcoder/analyse-source.ts';
import { findFfmpeg } from '../transcoder/find-ffmpeg.ts';
import { LADDER_LIMITS } from '../transcoder/limits.ts';
import { probeSource } from '../transcoder/probe-source.ts';
import { inspectToolchain, type Toolchain } from '../transcoder/toolchain.ts';

export interface BenchSource {
  readonly file: string;
  readonly toolchain: Toolchain;
  readonly plan: LadderPlan;
}

export const SETTINGS: EncodingSettings = DEFAULT_ENCODING_SETTINGS;
const SECONDS = 3;
/** Moving shapes with the grain of a camera: without it, x264 would have next to nothing to do. */
const PICTURE = `testsrc2=s=1080x1920:r=24:d=${SECONDS},gblur=sigma=2,noise=alls=6:allf=t`;

/** BENCH_SOURCE names a film of one's own. null where there is no ffmpeg. */
export async function openSource(folder: string): Promise<BenchSource | null> {
  const found = findFfmpeg(process.env);
  if (!found.ok) return null;
  const signal = AbortSignal.timeout(60_000);
  const toolchain = await inspectToolchain(found.value, signal);
  if (!toolchain.ok) throw new Error(toolchain.error);
  const own = process.env['BENCH_SOURCE'];
  const file = own === undefined ? generate(toolchain.value.ffmpegPath, folder) : path.resolve(own);
  return { file, toolchain: toolchain.value, plan: await planOf(file, toolchain.value, folder, signal) };
}

function generate(ffmpegPath: string, folder: string): string {
  const file = path.join(folder, 'source.mp4');
  const sound = `aevalsrc='0.2*(sin(440*PI*t)+sin(1400*PI*t))':s=48000:d=${SECONDS},tremolo=f=4:d=0.8`;
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  const inputs = ['-f', 'lavfi', '-i', PICTURE, '-f', 'lavfi', '-i', sound];
  execFileSync(ffmpegPath, ['-v', 'error', '-y', ...inputs, ...encoder, file], { stdio: 'inherit' });
  return file;
}

async function planOf(
  sourceFile: string,
  toolchain: Toolchain,
  jobDir: string,
  signal: AbortSignal,
): Promise<LadderPlan> {
  const probe = await probeSource({ ...toolchain, sourceFile, workDir: jobDir, signal });
  if (!probe.ok) throw new Error(`${sourceFile} cannot be used: ${probe.error.reason}`);
  const chosen = chooseStreams(probe.value, SETTINGS, LADDER_LIMITS);
  if (!chosen.ok) throw new Error(`${sourceFile} cannot be used: ${chosen.error.reason}`);
  const { ffmpegPath } = toolchain;
  const analysis = await analyseSource({ ffmpegPath, sourceFile, jobDir, chosen: chosen.value, signal });
  const plan = planLadder({
    source: probe.value,
    settings: SETTINGS,
    cutPointsSeconds: [],
    limits: LADDER_LIMITS,
    analysis,
    av1Obstacle: null,
  });
  if (!plan.ok) throw new Error(`${sourceFile} cannot be used: ${plan.error.reason}`);
  return plan.value;
}
