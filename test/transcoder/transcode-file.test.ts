import { execFileSync } from 'node:child_process';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeasedContentKey, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import type { Result } from '#core/result.ts';
import { failureToWire, type JobFailure } from '../../transcoder/failure.ts';
import { childBoxes, findBox } from '../../transcoder/package/read-boxes.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import { transcodeFile } from '../../transcoder/transcode-file.ts';
import {
  bundledBinaries,
  ffmpegBinaries,
  ffprobe,
  filterLog,
  HAS_MEDIA,
  makeClip,
  MEDIA_DIR,
  patience,
  scratch,
  toolchainOf,
} from './clips.ts';

const { dir, remove } = scratch();
let toolchain: Toolchain;
let runs = 0;

beforeAll(async () => {
  toolchain = await toolchainOf(ffmpegBinaries());
});
afterAll(remove);

interface Run {
  readonly result: Result<TranscodeResult, JobFailure>;
  readonly out: string;
}

async function run(
  sourceFile: string,
  cutPointsSeconds: readonly number[] = [],
  tools = toolchain,
  contentKey: LeasedContentKey | null = null,
): Promise<Run> {
  const jobDir = join(dir, `run-${runs++}`);
  const out = join(jobDir, 'out');
  mkdirSync(jobDir);
  const signal = patience();
  const onProgress = (): void => undefined;
  const request = {
    sourceFile,
    jobDir,
    outputDir: out,
    cutPointsSeconds,
    contentKey,
    settings: DEFAULT_ENCODING_SETTINGS,
    toolchain: tools,
    signal,
    onProgress,
  };
  return { result: await transcodeFile(request), out };
}

function value(result: Run['result']): TranscodeResult {
  if (!result.ok) throw new Error(failureToWire(result.error).detail);
  return result.value;
}

function code(result: Run['result']): string | null {
  return result.ok ? null : failureToWire(result.error).code;
}

function extinf(playlist: string): readonly number[] {
  return [...readFileSync(playlist, 'utf8').matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]));
}

const builds = [
  ['the ffmpeg of this machine', ffmpegBinaries()],
  ['the 2018 build from npm', bundledBinaries()],
] as const;

describe.each(builds)('with %s', (_, binaries) => {
  it.skipIf(binaries === null)('picture and sound stay together to the millisecond, across segments', async () => {
    const tools = await toolchainOf(binaries ?? ffmpegBinaries());
    const { result, out } = await run(makeClip(dir, { seconds: 6, picture: 'flash', size: '360x640' }), [5], tools);
    expect(value(result).segmentDurationsSeconds).toEqual([1, 1, 2, 1, 1]);
    const log = filterLog(join(out, 'v0/media.m3u8'), [
      '-vf',
      'blackdetect=d=0.2',
      '-af',
      'silencedetect=n=-35dB:d=0.3',
    ]);
    const flashes = [...log.matchAll(/black_end:([\d.]+)/g)].map((match) => Number(match[1])).slice(0, 3);
    const beeps = [...log.matchAll(/silence_end: ([\d.]+)/g)].map((match) => Number(match[1])).slice(0, 3);
    expect(flashes).toEqual([1, 3, 5]);
    beeps.forEach((beep, n) => expect(Math.abs(beep - (flashes[n] ?? 0))).toBeLessThan(0.005));
    expect(ffprobe(join(out, 'v0/media.m3u8')).streams.map((stream) => Number(stream.start_time))).toEqual([0, 0]);
  });
});

describe('what a player finds', () => {
  let result: TranscodeResult;
  let out: string;
  beforeAll(async () => {
    const made = await run(makeClip(dir, { seconds: 5, size: '720x1280' }), [3]);
    [result, out] = [value(made.result), made.out];
  });

  it('the Multivariant Playlist starts with 540x960 and describes every Variant Stream', () => {
    const lines = readFileSync(join(out, 'multivariant.m3u8'), 'utf8').trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual(['v1/media.m3u8', 'v0/media.m3u8', 'v2/media.m3u8']);
    for (const line of lines.filter((text) => text.startsWith('#EXT-X-STREAM-INF'))) {
      expect(line).toMatch(
        /^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2",RESOLUTION=\d+x\d+,FRAME-RATE=24\.000,VIDEO-RANGE=SDR$/,
      );
    }
  });

  it('ffprobe reads the duration, video and audio from it', () => {
    const probed = ffprobe(join(out, 'multivariant.m3u8'));
    expect(Math.abs(probed.durationSeconds - 5)).toBeLessThan(0.1);
    expect(new Set(probed.streams.map((stream) => stream.codec_type))).toEqual(new Set(['video', 'audio']));
  });

  it('every rung is cut at the same places, the preview cut among them', () => {
    for (const { name } of result.renditions) expect(extinf(join(out, name, 'media.m3u8'))).toEqual([1, 1, 1, 1, 1]);
    expect(result.segmentDurationsSeconds).toEqual([1, 1, 1, 1, 1]);
  });

  it('every object is reported with the bytes it has', () => {
    for (const { path, sizeBytes } of result.objects) expect(readFileSync(join(out, path)).length).toBe(sizeBytes);
    const beside = result.objects.map((object) => object.path).filter((path) => !path.startsWith('v'));
    const previews = ['preview.mp4', 'preview.webp'];
    expect(beside).toEqual(['multivariant.m3u8', 'poster.jpg', 'storyboard.jpg', 'storyboard.vtt', ...previews]);
    expect(result.objects.length).toBe(3 * 8 + 6);
  });

  it('the first segment can be appended piece by piece: the IDR, what is decoded before it is shown, then 250 ms each', () => {
    const fragments = childBoxes(readFileSync(join(out, 'v1/0.m4s'))).filter((box) => box.type === 'moof');
    const framesOf = ({ body }: (typeof fragments)[number]): number | undefined =>
      findBox(findBox(body, 'traf')?.body ?? Buffer.alloc(0), 'trun')?.body.readUInt32BE(4);
    expect(fragments.map(framesOf)).toEqual([1, 3, 4, 6, 6, 4]);
    expect(childBoxes(readFileSync(join(out, 'v1/1.m4s'))).map((box) => box.type)).toEqual(['styp', 'moof', 'mdat']);
  });

  it('a segment starts with a keyframe at exactly its time in the playlist', () => {
    const [, moof] = childBoxes(readFileSync(join(out, 'v2/3.m4s')));
    const traf = moof === undefined ? null : findBox(moof.body, 'traf');
    const tfdt = traf === null ? null : findBox(traf.body, 'tfdt');
    expect(tfdt?.body.readBigUInt64BE(4)).toBe(3n * 24_000n);
    expect(tfdt?.body[0]).toBe(1);
    // trun: version and flags, count, data offset, then duration, size, flags of the first sample.
    const trun = traf === null ? null : findBox(traf.body, 'trun');
    expect(trun?.body.readUInt32BE(20)).toBe(0x0200_0000);
  });
});

describe('an episode of a protected series', () => {
  const key = randomBytes(16);
  const contentKey = (scheme: 'aes-128' | 'cbcs'): LeasedContentKey => ({
    scheme,
    keyId: randomBytes(16).toString('base64url'),
    key: key.toString('base64url'),
  });

  const open = (segment: Buffer, number: number): Buffer => {
    const iv = Buffer.alloc(16);
    iv[15] = number;
    const decipher = createDecipheriv('aes-128-cbc', key, iv);
    return Buffer.concat([decipher.update(segment), decipher.final()]);
  };
  let result: TranscodeResult;
  let out: string;
  beforeAll(async () => {
    const made = await run(makeClip(dir, { seconds: 3, size: '360x640' }), [], toolchain, contentKey('aes-128'));
    [result, out] = [value(made.result), made.out];
  });

  it('has segments that its key opens, each by its number, and an init section in the clear', () => {
    expect(result.protection).toBe('aes-128');
    for (const { name } of result.renditions) {
      const read = (file: string): Buffer => readFileSync(join(out, name, file));
      expect(childBoxes(read('init.mp4')).map((box) => box.type)).toEqual(['ftyp', 'moov']);
      for (const n of [0, 1, 2]) {
        expect(childBoxes(open(read(`${n}.m4s`), n)).map((box) => box.type)).toContain('mdat');
        expect(read(`${n}.m4s`).includes('mdat')).toBe(false);
      }
      expect(read('media.m3u8').toString()).toContain(
        '#EXT-X-MAP:URI="init.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="content-key"\n#EXTINF:1.000000,\n0.m4s\n',
      );
    }
    for (const { path, sizeBytes } of result.objects) expect(readFileSync(join(out, path)).length).toBe(sizeBytes);
  });

  it('is in ffmpeg, frame by frame, what it is in the clear once its playlist names the key', () => {
    const [hidden, clear] = [join(out, 'v0/hidden.m3u8'), join(out, 'v0/clear.m3u8')];
    const text = readFileSync(join(out, 'v0/media.m3u8'), 'utf8');
    writeFileSync(join(out, 'v0/file.key'), key);
    writeFileSync(hidden, text.replace('"content-key"', '"file.key"'));
    writeFileSync(clear, text.replace(/#EXT-X-KEY.*\n/, '').replaceAll(/^(\d)\.m4s$/gm, 'clear$1.m4s'));
    for (const n of [0, 1, 2])
      writeFileSync(join(out, `v0/clear${n}.m4s`), open(readFileSync(join(out, `v0/${n}.m4s`)), n));
    // Of local files, ffmpeg opens those with the endings of media only.
    const decoded = (file: string): string => {
      const args = ['-v', 'error', '-xerror', '-allowed_extensions', 'ALL', '-i', file, '-f', 'framemd5', '-'];
      return execFileSync(ffmpegBinaries().ffmpegPath, args, { encoding: 'utf8' });
    };
    expect(decoded(hidden).split('\n').length).toBeGreaterThan(3 * 24);
    expect(decoded(hidden)).toBe(decoded(clear));
  });

  it('has no I-frame playlist: no part of a segment can be read', () => {
    expect(result.objects.filter(({ path }) => path.endsWith('iframes.m3u8'))).toEqual([]);
    expect(readFileSync(join(out, 'multivariant.m3u8'), 'utf8')).not.toContain('I-FRAME');
  });

  it('is not left in the clear for want of a key', async () => {
    const short = { ...contentKey('cbcs'), keyId: 'AAAA' };
    const refused = await run(makeClip(dir, { seconds: 1 }), [], toolchain, short);
    expect(code(refused.result)).toBe('protection-unsupported');
    expect(existsSync(refused.out)).toBe(false);
  });
});

describe('sources as people upload them', () => {
  it('an episode without sound still has an audio track, and a warning', async () => {
    const { result, out } = await run(makeClip(dir, { seconds: 2, sound: false }));
    expect(value(result).warnings.map((warning) => warning.code)).toContain('no-audio');
    expect(ffprobe(join(out, 'multivariant.m3u8')).streams.map((stream) => stream.codec_type)).toContain('audio');
  });

  it('landscape at 50 fps comes out vertical at 25', async () => {
    const { result } = await run(makeClip(dir, { seconds: 2, size: '640x360', rate: 50 }));
    expect(value(result).renditions.map(({ width, height, frameRate }) => [width, height, frameRate])).toEqual([
      [360, 640, 25],
      [540, 960, 25],
    ]);
  });

  it('29.97 fps in a transport stream keeps its exact rate and length', async (context) => {
    context.skip(
      ffmpegBinaries().ffprobePath.includes('@ffprobe-installer'),
      'the ffprobe of npm crashes at every MPEG-TS file',
    );
    const { result } = await run(
      makeClip(dir, { seconds: 3, rate: 30000 / 1001, file: 'clip.ts', extraArgs: ['-f', 'mpegts'] }),
    );
    expect(value(result).renditions[0]?.frameRate).toBeCloseTo(29.97, 3);
    expect(Math.abs(value(result).durationSeconds - 3)).toBeLessThan(0.1);
  });

  it('Matroska is read', async () => {
    const { result } = await run(makeClip(dir, { seconds: 2, file: 'clip.mkv' }));
    expect(value(result).durationSeconds).toBeCloseTo(2, 1);
  });

  it('the poster is not the black first second', async () => {
    const fade = ['-vf', 'fade=t=in:st=1:d=0.5'];
    const { result, out } = await run(makeClip(dir, { seconds: 4, extraArgs: fade }));
    expect(value(result).warnings.map((warning) => warning.code)).not.toContain('picture-black');
    const log = filterLog(join(out, 'poster.jpg'), ['-vf', 'signalstats,metadata=print:key=lavfi.signalstats.YAVG']);
    expect(Number(/YAVG=([\d.]+)/.exec(log)?.[1])).toBeGreaterThan(40);
  });
});

describe('what is refused, and why', () => {
  const write = (name: string, bytes: Buffer | string): string => {
    const path = join(dir, name);
    writeFileSync(path, bytes);
    return path;
  };

  it('a playlist that is called .mp4 is not opened: it names a file of this machine', async () => {
    const secret = makeClip(dir, { seconds: 1, file: 'secret.mp4' });
    const { result } = await run(
      write('evil.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${secret}\n#EXT-X-ENDLIST\n`),
    );
    expect(code(result)).toBe('container-not-allowed');
  });

  it.each([
    ['an empty file', '', 'source-empty'],
    ['text', 'hello, this is not a film at all', 'container-not-allowed'],
    ['an ffmpeg list', 'ffconcat version 1.0\nfile /etc/passwd\n', 'container-not-allowed'],
    [
      'an MP4 header and nothing after it',
      Buffer.from('00000010667479706d703432000000006d703432', 'hex'),
      'source-truncated',
    ],
    [
      'an MP4 file without any track',
      Buffer.from(`0000001066747970${'00'.repeat(8)}000000106d6f6f76${'07'.repeat(8)}`, 'hex'),
      'no-video-stream',
    ],
    [
      'a Matroska header and noise after it',
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(4000, 0x5a)]),
      'source-unreadable',
    ],
  ])('%s', async (name, bytes, expected) => {
    const { result } = await run(write(`bad-${name.replaceAll(/\W/g, '-')}`, bytes));
    expect(code(result)).toBe(expected);
    expect(result.ok ? '' : failureToWire(result.error).detail).not.toContain(dir);
  });

  it('an upload that ends a moment before its headers say plays, and is warned of', async () => {
    const file = readFileSync(makeClip(dir, { seconds: 20, file: 'whole.mkv' })).toString('latin1');
    // The duration of the segment (a double, in milliseconds), and the tags of the tracks.
    const at = file.indexOf('\x44\x89\x88') + 3;
    const bytes = Buffer.from(file.replaceAll('00:00:20.0', '00:00:20.3'), 'latin1');
    bytes.writeDoubleBE(20_300, at);
    const { result } = await run(write('says-more.mkv', bytes));
    const { durationSeconds = 0, warnings = [] } = result.ok ? result.value : {};
    expect(warnings.map((warning) => warning.code)).toContain('shorter-than-declared');
    expect(durationSeconds).toBeCloseTo(20, 1);
  });

  it('each rung says how many bytes a player loads for its first picture', async () => {
    const { result, out } = await run(makeClip(dir, { seconds: 2, size: '540x960' }));
    const renditions = result.ok ? result.value.renditions : [];
    expect(renditions).toHaveLength(2);
    for (const { name, startBytes } of renditions) {
      const sizes = ['init.mp4', '0.m4s'].map((file) => readFileSync(join(out, name, file)).length);
      expect(startBytes).toBe((sizes[0] ?? 0) + (sizes[1] ?? 0));
    }
  });

  it('a rung that lost its end on the disk is not published', async () => {
    const clip = makeClip(dir, { seconds: 3, size: '540x960', file: 'two-rungs.mp4' });
    const forgetful = join(dir, 'forgetful-ffmpeg');
    const { ffmpegPath } = toolchain;
    const flags = '-c copy -f mp4 -movflags +frag_keyframe+empty_moov+default_base_moof';
    const script = [
      '#!/bin/sh',
      `"${ffmpegPath}" "$@" || exit`,
      'for last in "$@"; do case "$last" in */v1.mp4) v1=$last;; esac; done',
      `[ -z "$v1" ] || { "${ffmpegPath}" -v error -i "$v1" -t 1.9 ${flags} "$v1.cut" && mv "$v1.cut" "$v1"; }`,
    ];
    writeFileSync(forgetful, script.join('\n'), { mode: 0o755 });
    const lost = await run(clip, [], { ...toolchain, ffmpegPath: forgetful });
    expect(code(lost.result)).toBe('durations-differ');
  });

  it('an upload that broke off says so, wherever the index stands', async () => {
    const faststart = readFileSync(makeClip(dir, { seconds: 3, extraArgs: ['-movflags', '+faststart'] }));
    expect(code((await run(write('cut-1.mp4', faststart.subarray(0, faststart.length / 2)))).result)).toBe(
      'source-truncated',
    );
    const indexLast = readFileSync(makeClip(dir, { seconds: 3 }));
    expect(code((await run(write('cut-2.mp4', indexLast.subarray(0, indexLast.length / 2)))).result)).toBe(
      'source-truncated',
    );
    const matroska = readFileSync(makeClip(dir, { seconds: 3, file: 'cut.mkv' }));
    expect(code((await run(write('cut-3.mkv', matroska.subarray(0, matroska.length / 2)))).result)).toBe(
      'source-truncated',
    );
  });
});

/** The ninth, drama-vertical.mp4, takes as long as all of these: test/e2e/real-clips.test.ts sends it through the platform. */
describe.skipIf(!HAS_MEDIA)('real clips', () => {
  it.each([
    ['phone-landscape.mp4', 17.064, 540, ['padded-to-vertical', 'upscale-avoided']],
    ['phone-portrait.mov', 2.068, 320, ['low-resolution']],
    ['rotated-portrait.mp4', 2.005, 1080, []],
    ['sar-2x1-no-audio.mp4', 5, 540, ['no-audio', 'padded-to-vertical', 'upscale-avoided']],
    ['hlg-hevc10.mp4', 0.3, 1080, ['sound-silent', 'padded-to-vertical', 'hdr-tone-mapped']],
    ['silent-black.mp4', 25, 320, ['sound-silent', 'padded-to-vertical', 'low-resolution', 'picture-black']],
  ])(
    '%s becomes playable, and its operator is told what is odd about it',
    async (file, durationSeconds, width, told) => {
      const { result, out } = await run(join(MEDIA_DIR, file));
      const { renditions, warnings } = value(result);
      expect(warnings.map((warning) => warning.code).sort()).toEqual([...told].sort());
      expect(Math.max(...renditions.map((rendition) => rendition.width))).toBe(width);
      const sum = extinf(join(out, 'v0/media.m3u8')).reduce((total, seconds) => total + seconds, 0);
      expect(Math.abs(sum - durationSeconds)).toBeLessThan(0.1);
      expect(renditions.every(({ width, height }) => Math.abs(width / height - 9 / 16) < 0.01)).toBe(true);
    },
  );

  it.each([
    ['bad-audio-only.mp4', 'no-video-stream'],
    ['bad-truncated.mp4', 'source-truncated'],
  ])('%s is refused with %s', async (file, expected) => {
    const { result } = await run(join(MEDIA_DIR, file));
    expect(result.ok || failureToWire(result.error).retryable).toBe(false);
    expect(code(result)).toBe(expected);
  });
});
