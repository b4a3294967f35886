import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withChildUsage } from '../../scripts/lib/child-usage.ts';
import { failureToWire } from '../../transcoder/failure.ts';
import { probeSource } from '../../transcoder/probe-source.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import { ffmpegBinaries, patience, scratch, toolchainOf } from './clips.ts';
import { type FileRun, made, runFile } from './run-file.ts';
import { type Canary, filesWith, startCanary } from './support/canary.ts';
import { type GoodClips, hostileUploads, type HostileUpload, makeGoodClips } from './support/hostile-corpus.ts';

const { dir, remove } = scratch();
const ERROR_PAGES = fileURLToPath(new URL('../../docs/errors/', import.meta.url));
/**
 * What a second of a small film takes is under 2; a picture that is too large must be refused before it is decoded. Cores that
 * are shared count more CPU time for the same work, so it is also held against what the good clip takes just then.
 */
const MAX_CPU_SECONDS = 5;
const MAX_TIMES_THE_GOOD_CLIP = 4;
/** The kernel keeps the peak for us: one look after it is enough, and to fill what is asked of here takes ten times as long. */
const SAMPLE_INTERVAL_MS = 20;
const MAX_PEAK_BYTES = 512 * 1024 * 1024;

const canary: Canary = await startCanary(dir, Buffer.alloc(0));
const good: GoodClips = makeGoodClips(dir, canary.url);
const uploads: readonly HostileUpload[] = hostileUploads(good, canary);
const byName = (name: string): HostileUpload => uploads.find((upload) => upload.name === name) ?? expect.fail(name);

let toolchain: Toolchain;
beforeAll(async () => {
  toolchain = await toolchainOf(ffmpegBinaries());
});
afterAll(async () => {
  await canary.close();
  remove();
});

function write(bytes: Buffer): string {
  const file = join(dir, `upload-${crypto.randomUUID()}`);
  writeFileSync(file, bytes);
  return file;
}

/** Complete, and read by ffmpeg from end to end without a word. */
function expectPlayable(run: FileRun): void {
  for (const { path, sizeBytes } of made(run).objects) expect(statSync(join(run.out, path)).size).toBe(sizeBytes);
  const args = ['-v', 'error', '-xerror', '-i', join(run.out, 'multivariant.m3u8'), '-f', 'null', '-'];
  const { status, stderr } = spawnSync(ffmpegBinaries().ffmpegPath, args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

async function goodClipSeconds(): Promise<number> {
  const [, usage] = await withChildUsage(() => runFile(dir, write(good.mp4), toolchain), SAMPLE_INTERVAL_MS);
  return usage.cpuSeconds;
}

function expectRefusedInWords(run: FileRun): string {
  if (run.result.ok) return 'playable';
  const { code, detail, retryable } = failureToWire(run.result.error);
  expect([code, retryable]).toEqual([code, false]);
  expect(detail).not.toMatch(/0x[0-9a-f]{6}/);
  for (const hidden of [dir, canary.word, canary.url]) expect(detail).not.toContain(hidden);
  expect(existsSync(join(ERROR_PAGES, `${code}.md`)), `docs/errors/${code}.md`).toBe(true);
  return code;
}

describe('an upload that means harm ends as an episode or as a refusal, within its bounds', () => {
  it.each(uploads)('$name', async ({ bytes, becomes }) => {
    const file = write(bytes);
    const [run, usage] = await withChildUsage(() => runFile(dir, file, toolchain), SAMPLE_INTERVAL_MS);
    const code = expectRefusedInWords(run);
    expect(becomes).toContain(code);
    if (run.result.ok) expectPlayable(run);
    if (usage.cpuSeconds >= MAX_CPU_SECONDS)
      expect(usage.cpuSeconds).toBeLessThan(MAX_TIMES_THE_GOOD_CLIP * (await goodClipSeconds()));
    expect(usage.peakBytes).toBeLessThan(MAX_PEAK_BYTES);
    expect(canary.hits).toEqual([]);
    expect(filesWith(canary.word, run.jobDir)).toEqual([]);
    for (const path of [file, run.jobDir]) rmSync(path, { recursive: true });
  });
});

describe('the guards do not lean on each other', () => {
  it('without them a playlist is followed: the canary is a canary', async () => {
    const file = write(byName('an HLS playlist of a server here').bytes);
    const args = ['-v', 'error', '-protocol_whitelist', 'file,http,tcp', '-f', 'hls', '-i', file];
    const { promise, resolve } = Promise.withResolvers<void>();
    spawn(ffmpegBinaries().ffprobePath, args, { stdio: 'ignore' }).once('close', () => resolve());
    await promise;
    expect(canary.hits).toContain('/hls.ts');
    canary.hits.length = 0;
  });

  it.each(uploads.filter(({ becomes }) => becomes.join() === 'container-not-allowed'))(
    'past the look at its first bytes, ffprobe does not open $name either',
    async ({ bytes }) => {
      const request = { ...toolchain, sourceFile: write(bytes), workDir: dir, signal: patience() };
      const probed = await probeSource(request);
      if (!probed.ok) expect(probed.error.reason).toMatch(/^(container-not-allowed|source-unreadable)$/);
      expect(canary.hits).toEqual([]);
    },
  );

  it.each(['half of a clip whose length is left open'])(
    'ffmpeg reads %s and ends with 0, which is not believed',
    async (name) => {
      const file = write(byName(name).bytes);
      const { status } = spawnSync(ffmpegBinaries().ffmpegPath, ['-v', 'quiet', '-i', file, '-f', 'null', '-']);
      expect(status).toBe(0);
      expect(expectRefusedInWords(await runFile(dir, file, toolchain))).toBe('source-truncated');
    },
  );

  it('the good clips that all of these were made from become episodes', async () => {
    for (const bytes of [good.mp4, good.faststart, good.fragmented, good.mkv, good.ts])
      expectPlayable(await runFile(dir, write(bytes), toolchain));
  });
});
