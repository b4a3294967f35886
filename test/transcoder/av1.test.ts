/** The AV1 rungs of the whole transcoder: beside the H.264 ones, cut at the same pictures. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHeads } from '#core/ingest/check-heads.ts';
import type { LeasedContentKey, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import { transcodeFile } from '../../transcoder/transcode-file.ts';
import { bundledBinaries, ffmpegBinaries, makeClip, patience, scratch, toolchainOf } from './clips.ts';

const { dir, remove } = scratch();
afterAll(remove);

/** A paywall where no second begins. */
const CUT_SECONDS = 3.3;
const toolchain = await toolchainOf(ffmpegBinaries());
if (!toolchain.av1) process.stderr.write('skipped: AV1, as this ffmpeg has no libaom for it\n');

let clip = '';
beforeAll(() => {
  clip = makeClip(dir, { seconds: 5, size: '540x960' });
});

interface Made {
  readonly result: TranscodeResult;
  readonly out: string;
}

async function make(tools: Toolchain, contentKey: LeasedContentKey | null = null): Promise<Made> {
  const jobDir = join(dir, crypto.randomUUID());
  const out = join(jobDir, 'out');
  mkdirSync(jobDir);
  const result = await transcodeFile({
    sourceFile: clip,
    jobDir,
    outputDir: out,
    cutPointsSeconds: [CUT_SECONDS],
    contentKey,
    settings: { ...DEFAULT_ENCODING_SETTINGS, av1: true },
    toolchain: tools,
    signal: patience(),
    onProgress: () => undefined,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return { result: result.value, out };
}

describe.skipIf(!toolchain.av1)('an episode with AV1', () => {
  let made: Made;
  beforeAll(async () => {
    made = await make(toolchain);
  });

  it('has its rungs behind those of H.264, and says what they are', () => {
    const { renditions, warnings } = made.result;
    expect(renditions.map(({ name, width }) => `${name} ${width}`)).toEqual(['v0 360', 'v1 540', 'v2 360', 'v3 540']);
    for (const { codecs } of renditions.slice(0, 2)) expect(codecs).toMatch(/^avc1\.[0-9a-f]{6},mp4a\.40\.2$/);
    for (const { codecs } of renditions.slice(2)) expect(codecs).toMatch(/^av01\.0\.0\dM\.08,mp4a\.40\.2$/);
    expect(warnings.map(({ code }) => code)).not.toContain('av1-skipped');
    const listed = readFileSync(join(made.out, 'multivariant.m3u8'), 'utf8').match(/^v\d/gm);
    expect(listed).toEqual(['v1', 'v0', 'v2', 'v3']);
  });

  it('is cut at the same pictures on every rung, the paywall’s too, as the edge looks at it', () => {
    const { result, out } = made;
    const starts = result.segmentDurationsSeconds.map((_, n, all) =>
      all.slice(0, n).reduce((sum, each) => sum + each, 0),
    );
    expect(starts.some((seconds) => Math.abs(seconds - CUT_SECONDS) <= 0.5 / 24)).toBe(true);
    for (const { name, frameRate } of result.renditions) {
      const init = readFileSync(join(out, name, 'init.mp4'));
      const segments = new Map(starts.map((_, n) => [n, readFileSync(join(out, name, `${n}.m4s`))]));
      expect(checkHeads({ name, frameRate, init, segments }, result)).toBeNull();
    }
  });

  it.each(['v2', 'v3'])('decodes from each segment of %s alone, every frame in its place', (name) => {
    const { result, out } = made;
    const { ffprobePath } = ffmpegBinaries();
    let frames = 0;
    for (const n of result.segmentDurationsSeconds.keys()) {
      const input = Buffer.concat([
        readFileSync(join(out, name, 'init.mp4')),
        readFileSync(join(out, name, `${n}.m4s`)),
      ]);
      const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=key_frame', '-of', 'csv=p=0', '-'];
      const keys = execFileSync(ffprobePath, args, { input }).toString().trim().split(/\s+/);
      expect(keys[0]).toMatch(/^1/);
      frames += keys.length;
    }
    expect(frames).toBe(5 * 24);
  });
});

describe('AV1 that is wanted and cannot be', () => {
  const key = {
    scheme: 'cbcs',
    keyId: Buffer.alloc(16).toString('base64url'),
    key: Buffer.alloc(16, 1).toString('base64url'),
  } as const;
  it.each<[string, Toolchain, LeasedContentKey | null]>([
    ['under cbcs', toolchain, key],
    ['of an ffmpeg without its encoder', { ...toolchain, av1: false }, null],
  ])('is left out with a warning: %s', async (_, tools, contentKey) => {
    const { result } = await make(tools, contentKey);
    expect(result.renditions.map(({ name }) => name)).toEqual(['v0', 'v1']);
    expect(result.warnings.map(({ code }) => code)).toContain('av1-skipped');
  });

  it('is not asked of the ffmpeg of 2018', async () => {
    const bundled = bundledBinaries();
    if (bundled === null) return;
    expect((await toolchainOf(bundled)).av1).toBe(false);
  });
});
