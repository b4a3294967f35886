/** A source that takes more than it may: how often it is tried, and for how long. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import { encodeWallSeconds } from '../../transcoder/encode.ts';
import { failureToWire } from '../../transcoder/failure.ts';
import { MAX_DURATION_SECONDS } from '../../transcoder/limits.ts';
import { transcodeFile } from '../../transcoder/transcode-file.ts';
import { ffmpegBinaries, makeClip, patience, scratch, toolchainOf } from './clips.ts';

const { dir, remove } = scratch();
afterAll(remove);

/** Ends each encode, and notes it, as the kernel does where the CPU time is used up. */
function exhausted(): { readonly ffmpegPath: string; readonly encodes: () => number } {
  const folder = mkdtempSync(join(dir, 'exhausted-'));
  const [ffmpegPath, notes] = [join(folder, 'ffmpeg'), join(folder, 'notes')];
  writeFileSync(notes, '');
  const script = `case " $* " in *"v0.mp4"*) echo encode >> ${notes}; kill -XCPU $$;; esac`;
  writeFileSync(ffmpegPath, `#!/bin/sh\n${script}\nexec ${ffmpegBinaries().ffmpegPath} "$@"\n`, { mode: 0o755 });
  return { ffmpegPath, encodes: () => readFileSync(notes, 'utf8').split('\n').length - 1 };
}

describe('an encode that used up its CPU time', () => {
  it('is not tried again, neither with more rungs nor by another transcoder', async () => {
    const { ffmpegPath, encodes } = exhausted();
    const sourceFile = makeClip(dir, { seconds: 1, size: '720x1280' });
    const jobDir = join(dir, 'job');
    mkdirSync(jobDir);
    const result = await transcodeFile({
      ...{ sourceFile, jobDir, outputDir: join(jobDir, 'out'), cutPointsSeconds: [], contentKey: null },
      settings: { ...DEFAULT_ENCODING_SETTINGS, publishPlayable: true },
      toolchain: { ...(await toolchainOf(ffmpegBinaries())), ffmpegPath },
      signal: patience(),
      onProgress: () => undefined,
      onPlayable: async () => undefined,
    });
    expect(result).toMatchObject({ ok: false, error: { reason: 'encode-timeout', of: 'cpu', limitSeconds: 100 } });
    if (!result.ok) expect(failureToWire(result.error)).toMatchObject({ code: 'encode-timeout', retryable: false });
    expect(encodes()).toBe(1);
  });
});

describe('the encodes of one job', () => {
  it('end well before whoever started the transcoder ends it, after six hours', () => {
    const [early, whole] = [2 * 3_600, encodeWallSeconds(MAX_DURATION_SECONDS, 2 * 3_600)];
    expect((early + whole) / 3_600).toBeLessThan(5);
    expect(encodeWallSeconds(MAX_DURATION_SECONDS, 0) / 3_600).toBeLessThan(5);
  });

  it('have 60 s for each second of an episode of two minutes', () => {
    expect(encodeWallSeconds(120, 0)).toBe(60 + 120 * 60);
  });
});
