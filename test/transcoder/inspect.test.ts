import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureToWire } from '../../transcoder/failure.ts';
import type { Toolchain } from '../../transcoder/toolchain.ts';
import {
  bundledBinaries,
  type ClipOptions,
  ffmpegBinaries,
  ffprobe,
  filterLog,
  HAS_MEDIA,
  makeClip,
  MEDIA_DIR,
  scratch,
  toolchainOf,
} from './clips.ts';
import { made, runFile, warningCodes } from './run-file.ts';

const { dir, remove } = scratch();
const builds = [
  ['the ffmpeg of this machine', ffmpegBinaries()],
  ['the 2018 build from npm', bundledBinaries()],
] as const;
let toolchain: Toolchain;

beforeAll(async () => {
  toolchain = await toolchainOf(ffmpegBinaries());
});
afterAll(remove);

function ffmpeg(...args: readonly string[]): void {
  const quiet = ['-v', 'error', '-y'];
  execFileSync(ffmpegBinaries().ffmpegPath, [...quiet, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Integrated loudness in LUFS and the true peak in dBTP, by the meter of EBU R 128. */
function measured(playlist: string): { readonly lufs: number; readonly peakDb: number } {
  const log = filterLog(playlist, ['-vn', '-af', 'ebur128=peak=true:framelog=verbose']);
  const last = (pattern: RegExp): number => Number([...log.matchAll(pattern)].at(-1)?.[1]);
  return { lufs: last(/\bI:\s+(-?[\d.]+) LUFS/g), peakDb: last(/\bPeak:\s+(-?[\d.]+|-inf) dBFS/g) };
}

/** Tones with the pauses and accents of speech. */
function spoken(name: string, volume: string): string {
  const clip: ClipOptions = { seconds: 8, size: '90x160', sound: false, file: `${name}-picture.mp4` };
  const file = join(dir, `${name}.mp4`);
  const tones = '0.2*(sin(2*PI*200*t)+sin(2*PI*700*t)+sin(2*PI*2100*t))';
  const voice = `aevalsrc='${tones}':s=48000:d=8,tremolo=f=4:d=0.8,volume=${volume}`;
  ffmpeg('-i', makeClip(dir, clip), '-f', 'lavfi', '-i', voice, '-c:v', 'copy', '-c:a', 'aac', '-b:a', '256k', file);
  return file;
}

describe.each(builds)('loudness, with %s', (build, binaries) => {
  const levels = [
    ['loud', '20dB'],
    ['soft', '-16dB'],
  ] as const;
  it.skipIf(binaries === null).each(levels)(
    'a %s source comes out at -16 LUFS and does not clip',
    async (name, volume) => {
      const tools = await toolchainOf(binaries ?? ffmpegBinaries());
      const run = await runFile(dir, spoken(`${name}-${build.length}`, volume), tools);
      const { lufs, peakDb } = measured(join(run.out, 'v0/media.m3u8'));
      expect(Math.abs(lufs + 16)).toBeLessThan(1);
      expect(peakDb).toBeLessThan(-1);
      expect(Math.abs((made(run).loudnessLufs ?? 0) + 16)).toBeGreaterThan(5);
      expect(warningCodes(run).includes('sound-loud')).toBe(name === 'loud');
    },
  );

  it.skipIf(binaries === null)('silence stays silence, and is told', async () => {
    const tools = await toolchainOf(binaries ?? ffmpegBinaries());
    const run = await runFile(dir, spoken(`silent-${build.length}`, '-51dB'), tools);
    expect(warningCodes(run)).toContain('sound-silent');
    expect(measured(join(run.out, 'v0/media.m3u8')).lufs).toBeLessThan(-60);
  });
});

/** Remuxed, sound begins 23 ms before the picture: what an AAC encoder puts before the first sample is not marked there. */
describe.each(builds)('picture and sound that do not begin together, with %s', (build, binaries) => {
  it.skipIf(binaries === null).each(['mkv', 'ts'])('stay together to 5 ms from a .%s file', async (container) => {
    const file = join(dir, `flash-${build.length}.${container}`);
    const extraArgs = ['-f', 'matroska'];
    const flash = makeClip(dir, {
      seconds: 4,
      size: '90x160',
      picture: 'flash',
      file: `${build.length}.mkv`,
      extraArgs,
    });
    ffmpeg('-i', flash, '-c', 'copy', file);
    const { ffprobePath } = ffmpegBinaries();
    if (container === 'ts' && ffprobePath.includes('@ffprobe-installer')) return;
    const run = await runFile(dir, file, { ...(await toolchainOf(binaries ?? ffmpegBinaries())), ffprobePath });
    const detect = ['-vf', 'blackdetect=d=0.2', '-af', 'silencedetect=n=-35dB:d=0.3'];
    const log = filterLog(join(run.out, 'v0/media.m3u8'), detect);
    const beeps = [...log.matchAll(/silence_end: ([\d.]+)/g)].slice(0, 2).map((match) => Number(match[1]));
    expect([...log.matchAll(/black_end:([\d.]+)/g)].slice(0, 2).map((match) => Number(match[1]))).toEqual([1, 3]);
    beeps.forEach((beep, n) => expect(Math.abs(beep - (n * 2 + 1))).toBeLessThan(0.005));
    expect(made(run).durationSeconds).toBeCloseTo(4, 2);
  });
});

describe('a file with several languages', () => {
  /** English is marked as default and stands second; two text subtitles, one of them markup that is no caption. */
  const film = (): string => {
    const [srt, file] = [join(dir, 'talk.srt'), join(dir, 'film.mkv')];
    writeFileSync(
      srt,
      '1\n00:00:01,000 --> 00:00:02,500\nWhere <i>were</i> you?\n\n2\n00:00:02,600 --> 00:00:03,000\nOut.\n',
    );
    const tone = (hz: number): readonly string[] => ['-f', 'lavfi', '-i', `sine=f=${hz}:r=44100:d=4`];
    const picture = makeClip(dir, { seconds: 4, size: '90x160', sound: false, file: 'film.mp4' });
    const maps = ['-map', '0:v', '-map', '1:a', '-map', '2:a', '-map', '3:a', '-map', '4:s', '-map', '4:s'];
    const tags = [
      ...['-metadata:s:a:0', 'language=spa', '-metadata:s:a:1', 'language=eng', '-metadata:s:a:2', 'language=hin'],
      ...['-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=por'],
      ...['-disposition:a:0', '0', '-disposition:a:1', 'default', '-disposition:s:1', 'hearing_impaired'],
    ];
    const codecs = ['-c:v', 'copy', '-c:a', 'aac', '-c:s', 'srt'];
    ffmpeg('-i', picture, ...tone(300), ...tone(600), ...tone(900), '-i', srt, ...maps, ...tags, ...codecs, file);
    return file;
  };

  it.each(builds)('each dub and each caption is a file of its own, from one run of %s', async (_, binaries) => {
    if (binaries === null) return;
    const run = await runFile(dir, film(), await toolchainOf(binaries));
    expect(made(run).mainLanguage).toBe('en');
    expect(pitchHz(join(run.out, 'v0/media.m3u8'))).toBe(600);
    expect([pitchHz(join(run.jobDir, 'dub-0.mp4')), pitchHz(join(run.jobDir, 'dub-1.mp4'))]).toEqual([300, 900]);
    // An AAC encoder puts a frame before and up to one after what was given to it; the packager takes them off.
    expect(Math.abs(ffprobe(join(run.jobDir, 'dub-0.mp4')).durationSeconds - 4)).toBeLessThan(0.07);
    for (const n of [0, 1]) {
      const vtt = readFileSync(join(run.jobDir, `text-${n}.vtt`), 'utf8');
      // Within the rounding of the container, which is a millisecond.
      expect(vtt).toMatch(/00:0(0\.999|1\.00[01]) --> 00:02\.(499|50[01])\nWhere <i>were<\/i> you\?/);
    }
  });

  it('the main language of the series is the one that is muxed', async () => {
    const run = await runFile(dir, film(), toolchain, { mainLanguage: 'hi' });
    expect([made(run).mainLanguage, pitchHz(join(run.out, 'v0/media.m3u8'))]).toEqual(['hi', 900]);
  });
});

/** Counts how often the wave crosses zero, to the next 100 Hz. */
function pitchHz(file: string): number {
  const args = ['-v', 'error', '-i', file, '-vn', '-ac', '1', '-ar', '8000', '-t', '2', '-f', 's16le', '-'];
  const raw = execFileSync(ffmpegBinaries().ffmpegPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let crossings = 0;
  for (let at = 2; at + 1 < raw.length; at += 2) {
    if (raw.readInt16LE(at - 2) < 0 !== raw.readInt16LE(at) < 0) crossings++;
  }
  return Math.round(crossings / (raw.length / 16_000) / 2 / 100) * 100;
}

describe('a codec that this ffmpeg cannot decode', () => {
  const without = (...codecs: readonly string[]): Toolchain => {
    return { ...toolchain, decodable: new Set([...toolchain.decodable].filter((codec) => !codecs.includes(codec))) };
  };

  it('costs the sound, with a warning, or the episode, with a reason', async () => {
    const file = makeClip(dir, { seconds: 2, size: '90x160', file: 'codecs.mp4' });
    expect(warningCodes(await runFile(dir, file, toolchain))).not.toContain('audio-undecodable');
    expect(warningCodes(await runFile(dir, file, without('aac')))).toContain('audio-undecodable');
    const { result } = await runFile(dir, file, without('h264'));
    expect(result.ok ? null : result.error.reason).toBe('video-codec-unknown');
  });
});

describe('the picture', () => {
  it('inside black bars is what is shown, and the bars are told', async () => {
    const pillars = ['-vf', 'pad=640:360:(ow-iw)/2:0:black', '-g', '12'];
    const file = makeClip(dir, { seconds: 6, size: '202x360', extraArgs: pillars, file: 'pillars.mp4' });
    const run = await runFile(dir, file, toolchain);
    expect(warningCodes(run)).toContain('letterbox-cropped');
    expect(warningCodes(run)).not.toContain('padded-to-vertical');
    const log = filterLog(join(run.out, 'v0/media.m3u8'), ['-vf', 'cropdetect=limit=30:round=2:reset=0']);
    const { width, height } = made(run).renditions[0] ?? { width: 0, height: 0 };
    expect(log).toContain(`crop=${width}:${height}:0:0`);
  });

  it('of one keyframe only is freed of its bars, too', async () => {
    const bars = ['-vf', 'pad=360:640:0:(oh-ih)/2:black', '-g', '999'];
    const file = makeClip(dir, { seconds: 3, size: '360x202', extraArgs: bars, file: 'bars.mp4' });
    const run = await runFile(dir, file, toolchain);
    expect(warningCodes(run).slice(0, 2)).toEqual(['letterbox-cropped', 'padded-to-vertical']);
  });

  it('that is landscape fills the screen or is refused, as the operator says', async () => {
    const file = makeClip(dir, { seconds: 2, size: '1280x720', file: 'landscape.mp4' });
    const refused = await runFile(dir, file, toolchain, { landscape: 'refuse' });
    expect(refused.result.ok ? null : failureToWire(refused.result.error)).toEqual({
      code: 'landscape-refused',
      detail:
        'The picture is landscape (1280x720), and this series takes vertical episodes only. Export it at 1080x1920, or allow landscape in the encoding settings.',
      retryable: false,
    });
    const cropped = await runFile(dir, file, toolchain, { landscape: 'crop' });
    expect(warningCodes(cropped)).toContain('cropped-to-vertical');
    expect(made(cropped).renditions.map(({ width }) => width)).toEqual([360]);
  });

  it('that stands still or is black is told, with the place', async () => {
    const still = ['-vf', 'loop=loop=160:size=1:start=24,fade=t=in:st=0:d=0.1'];
    const file = makeClip(dir, { seconds: 2, size: '90x160', extraArgs: still, file: 'still.mp4' });
    expect(warningCodes(await runFile(dir, file, toolchain))).toContain('picture-frozen');
    const dark = ['-vf', "drawbox=t=fill:color=black:enable='between(t,2,5)'"];
    const gap = makeClip(dir, { seconds: 7, size: '90x160', extraArgs: dark, file: 'gap.mp4' });
    const warning = made(await runFile(dir, gap, toolchain)).warnings.find(({ code }) => code.startsWith('picture'));
    expect(warning?.detail).toContain('black from 2 to 5 s');
  });
});

describe('what stands beside the episode', () => {
  it('a storyboard whose tiles are the seconds, a muted preview in two forms, a placeholder', async () => {
    const run = await runFile(dir, makeClip(dir, { seconds: 12, size: '180x320', file: 'beside.mp4' }), toolchain);
    const { images, thumbhash } = made(run);
    expect(images?.storyboard).toMatchObject({ tiles: 12, columns: 10, rows: 2, tileWidth: 90, tileHeight: 160 });
    const jpeg = ffprobe(join(run.out, 'storyboard.jpg')).streams[0];
    expect([jpeg?.width, jpeg?.height]).toEqual([900, 320]);
    expect(readFileSync(join(run.out, 'storyboard.vtt'), 'utf8').match(/#xywh=/g)).toHaveLength(12);
    const preview = ffprobe(join(run.out, 'preview.mp4'));
    expect([preview.durationSeconds, preview.streams.map((stream) => stream.codec_type)]).toEqual([3, ['video']]);
    const webp = readFileSync(join(run.out, 'preview.webp'));
    expect([webp.toString('latin1', 0, 4), webp.includes('ANMF')]).toEqual(['RIFF', true]);
    expect(Buffer.from(thumbhash ?? '', 'base64').length).toBeGreaterThan(10);
  });

  it('where ffmpeg knows no WebP, that one is left out and said so', async () => {
    const file = makeClip(dir, { seconds: 2, size: '90x160', file: 'no-webp.mp4' });
    const run = await runFile(dir, file, { ...toolchain, webpEncoder: null });
    expect(warningCodes(run)).toContain('preview-webp-skipped');
    expect(made(run).images?.previewWebp).toBeUndefined();
    expect(made(run).objects.map(({ path }) => path)).not.toContain('preview.webp');
  });
});

describe.skipIf(!HAS_MEDIA)('real clips', () => {
  it('HDR comes out as SDR that says so, with whites that are white', async () => {
    const run = await runFile(dir, join(MEDIA_DIR, 'hlg-hevc10.mp4'), toolchain);
    expect(warningCodes(run)).toContain('hdr-tone-mapped');
    const args = ['-v', 'error', '-show_entries', 'stream=color_transfer,pix_fmt', '-of', 'csv=p=0'];
    const probe = execFileSync(ffmpegBinaries().ffprobePath, [...args, join(run.jobDir, 'v0.mp4')], {
      encoding: 'utf8',
    });
    expect(probe.trim()).toBe('yuv420p,bt709');
    const log = filterLog(join(run.out, 'v0/media.m3u8'), [
      '-vf',
      'signalstats,metadata=print:key=lavfi.signalstats.YMAX',
    ]);
    expect(Number(/YMAX=(\d+)/.exec(log)?.[1])).toBeGreaterThan(200);
  });

  it('HDR that this ffmpeg cannot turn into SDR is told, with what to do', async () => {
    const run = await runFile(dir, join(MEDIA_DIR, 'hlg-hevc10.mp4'), { ...toolchain, toneMapping: false });
    expect(warningCodes(run)).toContain('hdr-not-tone-mapped');
    expect(warningCodes(run)).not.toContain('hdr-tone-mapped');
  });

  it('a black and silent file is an episode with two warnings', async () => {
    const run = await runFile(dir, join(MEDIA_DIR, 'silent-black.mp4'), toolchain);
    expect(warningCodes(run)).toEqual(expect.arrayContaining(['sound-silent', 'picture-black']));
  });
});
