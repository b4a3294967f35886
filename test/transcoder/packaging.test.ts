import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWebVtt } from '#core/captions/parse-webvtt.ts';
import { attribute } from '#core/playlist/attributes.ts';
import { type ExtraTracks, type PackagedLadder, packageLadder } from '../../transcoder/package/package-ladder.ts';
import { childBoxes, requireBox } from '../../transcoder/package/read-boxes.ts';
import type { Protection } from '../../transcoder/package/write-segments.ts';
import { ffmpegBinaries, filterLog, scratch } from './clips.ts';
import { BOUNDARIES_SECONDS, DURATION_SECONDS, type EncodedTracks, encodeTracks } from './tracks.ts';

const { dir, remove } = scratch();
afterAll(remove);

const KEY = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
const KEY_ID = Buffer.alloc(16, 0x11);
const CBCS: Protection = { scheme: 'cbcs', key: KEY, keyId: KEY_ID, iv: Buffer.alloc(16, 0x77), signalling: null };
const NUMBERS = [...BOUNDARIES_SECONDS.keys()];

let tracks: EncodedTracks;
let extra: ExtraTracks;
/** Folders of what was packaged: one language; two and captions; the same under cbcs and AES-128. */
const [muxed, demuxed, cbcs, cbcsDemuxed, aes] = ['muxed', 'demuxed', 'cbcs', 'cbcs-demuxed', 'aes'].map((name) =>
  join(dir, name),
) as [string, string, string, string, string];
let ladder: PackagedLadder;

beforeAll(async () => {
  tracks = encodeTracks(dir);
  const captions = parseWebVtt('WEBVTT\n\n00:00.500 --> 00:01.500\nacross\n\n00:05.000 --> 00:05.500\nlater');
  if (!captions.ok) throw new Error(captions.error.reason);
  const language = { channels: 2, isMachineGenerated: false };
  extra = {
    languages: [
      { ...language, file: tracks.files.audio, language: 'en', label: 'English', isMain: true },
      { ...language, file: tracks.dub, language: 'es', label: 'Español', isMain: false },
    ],
    captions: [
      { captions: captions.value, language: 'en', label: 'English', kind: 'captions', isMachineGenerated: true },
    ],
  };
  const make = async (out: string, protection: Protection | null, more?: ExtraTracks): Promise<PackagedLadder> => {
    mkdirSync(out, { recursive: true });
    return packageLadder(tracks.plan, tracks.files, out, protection, more);
  };
  await make(muxed, null);
  ladder = await make(demuxed, null, extra);
  await make(cbcs, CBCS);
  await make(cbcsDemuxed, CBCS, extra);
  await make(aes, { scheme: 'aes-128', key: KEY }, extra);
});

const read = (out: string, file: string): Buffer => readFileSync(join(out, file));
const text = (out: string, file: string): string => read(out, file).toString();
const extinf = (out: string, file: string): number[] =>
  [...text(out, file).matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]));

/** What ffprobe counts in one segment behind its init section: not our own boxes, but its packets. */
function packets(
  out: string,
  name: string,
  n: number,
  stream: 'v' | 'a',
): { seconds: number; start: number; bytes: number; first: string }[] {
  const file = join(dir, 'probed.mp4');
  writeFileSync(file, Buffer.concat([read(out, `${name}/init.mp4`), read(out, `${name}/${n}.m4s`)]));
  const entries = 'packet=pts_time,duration_time,size,flags';
  const args = ['-v', 'error', '-select_streams', `${stream}:0`, '-show_entries', entries, '-of', 'json', file];
  const output = execFileSync(ffmpegBinaries().ffprobePath, args, { encoding: 'utf8' });
  const found = JSON.parse(output) as {
    packets: { pts_time: string; duration_time: string; size: string; flags: string }[];
  };
  return found.packets.map(({ pts_time, duration_time, size, flags }) => {
    return { seconds: Number(duration_time), start: Number(pts_time), bytes: Number(size), first: flags };
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** tfdt of the first moof of a track, in seconds. */
function decodeSeconds(out: string, name: string, n: number, timescale: number): number {
  const moof = childBoxes(read(out, `${name}/${n}.m4s`)).find(({ type }) => type === 'moof');
  const tfdt = requireBox(moof?.body ?? Buffer.alloc(0), 'traf', 'tfdt').body;
  return Number(tfdt.readBigUInt64BE(4)) / timescale;
}

describe('what the playlists say is what ffprobe counts', () => {
  it.each([
    ['one language', () => muxed],
    ['two languages', () => demuxed],
  ])('EXTINF, for %s', (_, folder) => {
    for (const name of ['v0', 'v1']) {
      const counted = NUMBERS.map((n) => sum(packets(folder(), name, n, 'v').map(({ seconds }) => seconds)));
      extinf(folder(), `${name}/media.m3u8`).forEach((seconds, n) => expect(seconds).toBeCloseTo(counted[n] ?? 0, 4));
    }
  });

  it('EXTINF of each language', () => {
    for (const name of ['a0', 'a1']) {
      const counted = NUMBERS.map((n) => (packets(demuxed, name, n, 'a').length * 1024) / 48_000);
      extinf(demuxed, `${name}/media.m3u8`).forEach((seconds, n) => expect(seconds).toBeCloseTo(counted[n] ?? 0, 4));
    }
  });

  it('BANDWIDTH is the peak of 0.5 to 1.5 Target Durations, AVERAGE-BANDWIDTH the mean, of the bytes that are stored', () => {
    for (const name of ['v0', 'v1']) {
      const lines = text(muxed, 'multivariant.m3u8').split('\n');
      const info = lines[lines.indexOf(`${name}/media.m3u8`) - 1] ?? '';
      const bits = NUMBERS.map((n) => read(muxed, `${name}/${n}.m4s`).length * 8);
      const seconds = extinf(muxed, `${name}/media.m3u8`);
      const target = Number(/TARGETDURATION:(\d+)/.exec(text(muxed, `${name}/media.m3u8`))?.[1]);
      const runs = NUMBERS.flatMap((from) => NUMBERS.filter((to) => to >= from).map((to) => [from, to + 1] as const));
      const rates = runs
        .map(([from, to]) => [sum(bits.slice(from, to)), sum(seconds.slice(from, to))] as const)
        .filter(([, length]) => length >= 0.5 * target && length <= 1.5 * target)
        .map(([size, length]) => Math.ceil(size / length));
      expect(Number(attribute(info.slice(18), 'BANDWIDTH'))).toBe(Math.max(...rates));
      expect(Number(attribute(info.slice(18), 'AVERAGE-BANDWIDTH'))).toBe(Math.ceil(sum(bits) / sum(seconds)));
    }
  });

  it('CODECS, RESOLUTION and FRAME-RATE', () => {
    const lines = text(muxed, 'multivariant.m3u8').split('\n');
    for (const name of ['v0', 'v1']) {
      const info = lines[lines.indexOf(`${name}/media.m3u8`) - 1] ?? '';
      const entries = 'stream=profile,level,width,height,r_frame_rate';
      const args = [
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        entries,
        '-of',
        'json',
        join(muxed, name, 'media.m3u8'),
      ];
      const [stream] = (
        JSON.parse(execFileSync(ffmpegBinaries().ffprobePath, args, { encoding: 'utf8' })) as {
          streams: { profile: string; level: number; width: number; height: number; r_frame_rate: string }[];
        }
      ).streams;
      expect(stream?.profile).toBe('High');
      expect(info).toContain(`CODECS="avc1.6400${stream?.level.toString(16).padStart(2, '0')},mp4a.40.2"`);
      expect(info).toContain(`RESOLUTION=${stream?.width}x${stream?.height},FRAME-RATE=24.000,VIDEO-RANGE=SDR`);
      expect(stream?.r_frame_rate).toBe('24/1');
    }
  });
});

describe('every Rendition is cut at the same places', () => {
  it('rungs at the same decode time within no frame at all, languages within half a frame of AAC', () => {
    for (const [n, at] of BOUNDARIES_SECONDS.entries()) {
      for (const folder of [muxed, demuxed]) {
        for (const name of ['v0', 'v1']) expect(decodeSeconds(folder, name, n, 24_000)).toBe(at);
      }
      for (const name of ['a0', 'a1'])
        expect(Math.abs(decodeSeconds(demuxed, name, n, 48_000) - at)).toBeLessThanOrEqual(512 / 48_000);
    }
  });

  it('each segment has as many of every kind, so that one number bounds them all', () => {
    for (const name of ['v0', 'v1', 'a0', 'a1', 't0']) expect(extinf(demuxed, `${name}/media.m3u8`)).toHaveLength(5);
    expect(ladder.segmentDurationsSeconds).toEqual([1, 1, 2, 2, 2]);
    expect(ladder.durationSeconds).toBe(DURATION_SECONDS);
  });

  it('and nothing is lost or doubled between segments of a language', () => {
    const starts = NUMBERS.flatMap((n) =>
      packets(demuxed, 'a1', n, 'a').map(({ start }) => Math.round(start * 48_000)),
    );
    expect(starts).toEqual(starts.map((_, n) => (starts[0] ?? 0) + n * 1024));
  });

  it('a flash and its beep are together within 5 ms, in every rung and every language', () => {
    const blackEnds = (file: string): number[] =>
      [...filterLog(file, ['-an', '-vf', 'blackdetect=d=0.2']).matchAll(/black_end:([\d.]+)/g)].map(([, at]) =>
        Number(at),
      );
    const silenceEnds = (file: string): number[] =>
      [...filterLog(file, ['-vn', '-af', 'silencedetect=n=-35dB:d=0.3']).matchAll(/silence_end: ([\d.]+)/g)].map(
        ([, at]) => Number(at),
      );
    for (const name of ['v0', 'v1']) {
      expect(blackEnds(join(muxed, name, 'media.m3u8')).slice(0, 4)).toEqual([1, 3, 5, 7]);
      expect(blackEnds(join(demuxed, name, 'media.m3u8')).slice(0, 4)).toEqual([1, 3, 5, 7]);
    }
    for (const file of [join(muxed, 'v1/media.m3u8'), join(demuxed, 'a0/media.m3u8'), join(demuxed, 'a1/media.m3u8')]) {
      const beeps = silenceEnds(file).slice(0, 4);
      beeps.forEach((at, n) => expect(Math.abs(at - (1 + 2 * n)), file).toBeLessThan(0.005));
      expect(beeps).toHaveLength(4);
    }
  });
});

describe('I-frames', () => {
  const ranges = (out: string, name: string): { n: number; offset: number; length: number }[] =>
    [...text(out, `${name}/iframes.m3u8`).matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\d+)\.m4s/g)].map(
      ([, length, offset, n]) => ({ n: Number(n), offset: Number(offset), length: Number(length) }),
    );

  it('are byte ranges, one to a segment, of which ffmpeg decodes exactly the opening picture', () => {
    for (const [out, name] of [
      [muxed, 'v1'],
      [demuxed, 'v0'],
    ] as const) {
      expect(extinf(out, `${name}/iframes.m3u8`)).toEqual(extinf(out, `${name}/media.m3u8`));
      expect(ranges(out, name).map(({ n }) => n)).toEqual(NUMBERS);
      for (const { n, offset, length } of ranges(out, name)) {
        const file = join(dir, 'opening.mp4');
        const range = read(out, `${name}/${n}.m4s`).subarray(offset, offset + length);
        writeFileSync(file, Buffer.concat([read(out, `${name}/init.mp4`), range]));
        const [opening] = packets(out, name, n, 'v');
        expect(opening?.first).toMatch(/^K/);
        const args = ['-v', 'quiet', '-i', file, '-map', '0:v', '-f', 'framemd5', '-'];
        const frames = execFileSync(ffmpegBinaries().ffmpegPath, args, { encoding: 'utf8' })
          .split('\n')
          .filter((line) => line.startsWith('0,'));
        expect(frames).toHaveLength(1);
      }
    }
  });

  it('are announced with their own bandwidth and the codec of the picture alone', () => {
    const [first = ''] = text(muxed, 'multivariant.m3u8')
      .split('\n')
      .filter((line) => line.startsWith('#EXT-X-I-FRAME-STREAM-INF'));
    const bits = ranges(muxed, 'v1').map(({ length }) => length * 8);
    expect(Number(attribute(first.slice(26), 'AVERAGE-BANDWIDTH'))).toBe(Math.ceil(sum(bits) / DURATION_SECONDS));
    expect(attribute(first.slice(26), 'CODECS')).toMatch(/^avc1\.[0-9a-f]{6}$/);
    expect(attribute(first.slice(26), 'URI')).toBe('v1/iframes.m3u8');
  });

  it('stay within encrypted samples, and are left out where whole segments are encrypted', () => {
    expect(text(cbcs, 'v1/iframes.m3u8')).toContain('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="content-key"');
    expect(text(aes, 'multivariant.m3u8')).not.toContain('I-FRAME');
  });
});

describe('under cbcs', () => {
  /** Packets of a segment, fragment by fragment: this ffmpeg reads the encryption of the first fragment of a file only. */
  function hashes(out: string, name: string, n: number, key: Buffer | null): string[] {
    const boxes = childBoxes(read(out, `${name}/${n}.m4s`));
    return boxes.flatMap((moof, at) => {
      const mdat = boxes[at + 1];
      if (moof.type !== 'moof' || mdat === undefined) return [];
      const file = join(dir, 'fragment.mp4');
      writeFileSync(file, Buffer.concat([read(out, `${name}/init.mp4`), moof.bytes, mdat.bytes]));
      const decryption = key === null ? [] : ['-decryption_key', key.toString('hex')];
      const args = [
        '-v',
        'quiet',
        ...decryption,
        '-i',
        file,
        '-map',
        '0',
        '-c',
        'copy',
        '-copyinkf',
        '-f',
        'framemd5',
        '-',
      ];
      const lines = execFileSync(ffmpegBinaries().ffmpegPath, args, { encoding: 'utf8' }).split('\n');
      return lines.filter((line) => /^\d,/.test(line)).map((line) => `${line[0]} ${line.split(',')[5]?.trim()}`);
    });
  }

  it('every sample, of picture and sound, is what it is in the clear once ffmpeg decrypts it, and is not before', () => {
    for (const [out, clear, name] of [
      [cbcs, muxed, 'v0'],
      [cbcs, muxed, 'v1'],
      [cbcsDemuxed, demuxed, 'v1'],
      [cbcsDemuxed, demuxed, 'a1'],
    ] as const) {
      for (const n of [0, 1, 4]) {
        const expected = hashes(clear, name, n, null);
        expect(expected.length).toBeGreaterThan(20);
        expect(hashes(out, name, n, KEY), `${name}/${n}`).toEqual(expected);
        expect(hashes(out, name, n, null)).not.toEqual(expected);
      }
    }
  });

  it('the init section names the scheme, the key and the pattern; segments keep their boundaries', () => {
    const init = read(cbcs, 'v1/init.mp4');
    for (const type of ['encv', 'enca', 'sinf', 'tenc', 'pssh', 'cbcs']) expect(init.includes(type), type).toBe(true);
    expect(init.includes(Buffer.concat([Buffer.from([0x19, 1, 0]), KEY_ID]))).toBe(true);
    expect(init.includes(KEY)).toBe(false);
    expect(extinf(cbcs, 'v1/media.m3u8')).toEqual(extinf(muxed, 'v1/media.m3u8'));
    expect(text(cbcsDemuxed, 'a1/media.m3u8')).toContain('METHOD=SAMPLE-AES');
  });

  it('the tags and boxes of a key server stand where the edge would name its own key', async () => {
    const tag = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery"';
    const sessionTag = tag.replace('EXT-X-KEY', 'EXT-X-SESSION-KEY');
    const pssh = Buffer.from('0000002070737368000000009a04f07998404286ab92e65be0885f9500000000', 'hex');
    const signalling = {
      psshBoxes: [pssh.toString('base64')],
      mediaPlaylistTags: [tag],
      multivariantPlaylistTags: [sessionTag],
    };
    const out = join(dir, 'key-server');
    mkdirSync(out);
    await packageLadder(tracks.plan, tracks.files, out, { ...CBCS, signalling }, extra);
    for (const file of ['v0/media.m3u8', 'v0/iframes.m3u8', 'a1/media.m3u8']) {
      expect(text(out, file), file).toContain(`#EXT-X-MAP:URI="init.mp4"\n${tag}\n`);
      expect(text(out, file), file).not.toContain('content-key');
    }
    expect(text(out, 'multivariant.m3u8').match(/EXT-X-SESSION-KEY/g)).toHaveLength(1);
    expect(text(out, 'multivariant.m3u8')).toContain(`${sessionTag}\n#EXT-X-MEDIA`);
    expect(text(cbcs, 'multivariant.m3u8')).not.toContain('SESSION-KEY');
    for (const file of ['v0/init.mp4', 'a1/init.mp4']) {
      expect(read(out, file).includes(pssh), file).toBe(true);
      expect(read(out, file).toString('latin1').match(/pssh/g), file).toHaveLength(1);
    }
  });

  it('captions stay text', () => {
    for (const out of [cbcsDemuxed, aes]) {
      expect(text(out, 't0/media.m3u8')).not.toContain('EXT-X-KEY');
      expect(text(out, 't0/1.vtt')).toContain('00:00:00.500 --> 00:00:01.500\nacross');
    }
  });
});
