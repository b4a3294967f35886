import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureToWire } from '../../transcoder/failure.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import { ffmpegBinaries, scratch, toolchainOf } from './clips.ts';
import { type FileRun, runFile } from './run-file.ts';
import { DAMAGE_CODES, type GoodClips, makeGoodClips } from './support/hostile-corpus.ts';
import { mutate } from './support/mutate.ts';

/** `npm run fuzz` breaks 10,000 (SAMPLES) clips, from FIRST_SEED on; the suite a few of each kind. */
const SAMPLES = Number(process.env['SAMPLES'] ?? 200);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 1);
const BATCH = 20;
/** Most of a run is the start of three processes, which leave a core idle in between. */
const AT_ONCE = 3;
/** A clip of 0.4 s takes a second or two. One that takes longer is held against the unbroken one: a busy machine slows both. */
const SUSPECT_MILLISECONDS = 20_000;
const HANG_FACTOR = 10;

const { dir, remove } = scratch();
let good: GoodClips;
let toolchain: Toolchain;
beforeAll(async () => {
  good = makeGoodClips(dir, 'http://127.0.0.1:9', 0.4);
  toolchain = await toolchainOf(ffmpegBinaries());
});
afterAll(remove);

const KINDS = ['mp4', 'mkv', 'ts', 'fragmented', 'faststart'] as const;

/** What became of the clip that this seed breaks. Throws where the transcoder does: no file may do that. */
async function outcomeOf(seed: number): Promise<string> {
  const kind = KINDS[seed % KINDS.length] ?? 'mp4';
  const { result, tookMs } = await timed(mutate(good[kind], seed));
  if (tookMs > SUSPECT_MILLISECONDS && tookMs > HANG_FACTOR * (await timed(good[kind])).tookMs) return 'hangs';
  if (result.ok) return 'playable';
  const { code, retryable } = failureToWire(result.error);
  return retryable ? `${code}, to be tried again` : code;
}

async function timed(bytes: Buffer): Promise<{ readonly result: FileRun['result']; readonly tookMs: number }> {
  const file = join(dir, `upload-${crypto.randomUUID()}`);
  writeFileSync(file, bytes);
  const startedMs = performance.now();
  const { result, jobDir } = await runFile(dir, file, toolchain);
  const tookMs = performance.now() - startedMs;
  for (const path of [file, jobDir]) rmSync(path, { recursive: true });
  return { result, tookMs };
}

describe('a broken clip is an episode or is refused, and never hangs the transcoder', () => {
  const batches = Array.from({ length: Math.ceil(SAMPLES / BATCH) }, (_, n) => FIRST_SEED + n * BATCH);
  it.each(batches)(`seeds %i and the ${BATCH - 1} after it`, async (first) => {
    const seeds = Array.from({ length: BATCH }, (_, n) => first + n);
    const outcomes = new Map<number, string>();
    const work = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
        outcomes.set(seed, await outcomeOf(seed).catch((cause: unknown) => String(cause)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect([...outcomes].filter(([, outcome]) => !DAMAGE_CODES.includes(outcome))).toEqual([]);
  });
});
