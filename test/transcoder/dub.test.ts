/** A language that comes after its episode: the picture is copied, never encoded again. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWebVtt } from '#core/captions/parse-webvtt.ts';
import type { LeasedContentKey, LeasedDub } from '#core/ingest/transcoder-protocol.ts';
import { failureToWire } from '../../transcoder/failure.ts';
import { packageLadder } from '../../transcoder/package/package-ladder.ts';
import { childBoxes, requireBox } from '../../transcoder/package/read-boxes.ts';
import type { Protection } from '../../transcoder/package/write-segments.ts';
import { ffmpegBinaries, filterLog, makeClip, scratch, toolchainOf } from './clips.ts';
import { dubbed, makeDub, runDub, RUNGS } from './dub-run.ts';
import { BOUNDARIES_SECONDS, DURATION_SECONDS, encodeTracks } from './tracks.ts';

const { dir, remove } = scratch();
afterAll(remove);

const KEY = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
const KEY_ID = Buffer.alloc(16, 0x11);
const AES: Protection = { scheme: 'aes-128', key: KEY };
const CBCS: Protection = { scheme: 'cbcs', key: KEY, keyId: KEY_ID, iv: Buffer.alloc(16, 0x77), signalling: null };
const leased = (scheme: 'aes-128' | 'cbcs', key: Buffer = KEY): LeasedContentKey => {
  return { scheme, keyId: KEY_ID.toString('base64url'), key: key.toString('base64url') };
};
const OTHER_KEY = Buffer.alloc(16, 0x42);
const ENGLISH = { language: 'en', label: 'English', kind: 'captions', isMachineGenerated: false } as const;

let dub: string;
const muxed = join(dir, 'muxed');

beforeAll(async () => {
  const { plan, files } = encodeTracks(dir);
  const captions = parseWebVtt('WEBVTT\n\n00:00.500 --> 00:01.500\nacross');
  if (!captions.ok) throw new Error(captions.error.reason);
  const extra = { languages: [], captions: [{ ...ENGLISH, captions: captions.value }] };
  for (const [name, protection] of [
    ['muxed', null],
    ['aes-128', AES],
    ['cbcs', CBCS],
  ] as const) {
    mkdirSync(join(dir, name));
    await packageLadder(plan, files, join(dir, name), protection, extra);
    writeFileSync(join(dir, name, 'poster.jpg'), 'a poster');
    writeFileSync(join(dir, name, 'preview.mp4'), 'a preview');
  }
  dub = makeDub(dir, 'dub.wav');
});

const run = (args: readonly string[]): string =>
  execFileSync(ffmpegBinaries().ffmpegPath, ['-v', 'error', ...args], { encoding: 'utf8' });
const framesOf = (file: string, map: string, more: readonly string[] = []): string[] =>
  run(['-i', file, '-map', map, ...more, '-f', 'framemd5', '-'])
    .split('\n')
    .filter((line) => line.startsWith('0,'));
/** Of the frames that a viewer sees: when, and every pixel. */
const pictures = (out: string, name: string): string[] => framesOf(join(out, name, 'media.m3u8'), '0:v');
/** Of the AAC frames as they are stored: their bytes. */
const sounds = (out: string, name: string): string[] =>
  framesOf(join(out, name, 'media.m3u8'), '0:a', ['-c', 'copy']).map((line) => line.split(',').at(-1)?.trim() ?? '');
const segments = (out: string, name: string): number =>
  readdirSync(join(out, name)).filter((file) => file.endsWith('.m4s')).length;

function decodeSeconds(out: string, name: string, n: number, timescale: number): number {
  const moof = childBoxes(readFileSync(join(out, name, `${n}.m4s`))).find(({ type }) => type === 'moof');
  return Number(requireBox(moof?.body ?? Buffer.alloc(0), 'traf', 'tfdt').body.readBigUInt64BE(4)) / timescale;
}

const ends = (file: string, filter: readonly string[], word: RegExp): number[] =>
  [...filterLog(file, filter).matchAll(word)].map(([, at]) => Number(at));
const beeps = (file: string): number[] =>
  ends(file, ['-vn', '-af', 'silencedetect=n=-35dB:d=0.3'], /silence_end: ([\d.]+)/g).slice(0, 4);

describe('a dub for an episode whose sound is muxed', () => {
  it('leaves every frame of the picture as it was, at its time, and every frame of the main sound', async () => {
    const { out } = await made();
    for (const name of ['v0', 'v1']) {
      expect(pictures(out, name)).toHaveLength(DURATION_SECONDS * 24);
      expect(pictures(out, name)).toEqual(pictures(muxed, name));
    }
    expect(sounds(muxed, 'v0').length).toBeGreaterThan(370);
    expect(sounds(out, 'a0')).toEqual(sounds(muxed, 'v0'));
    expect(sounds(out, 'a1')).toHaveLength(sounds(out, 'a0').length);
  });

  it('has as many segments of each Rendition as there were, and all begin where they began', async () => {
    const { out } = await made();
    for (const name of ['v0', 'v1', 'a0', 'a1']) expect(segments(out, name), name).toBe(BOUNDARIES_SECONDS.length);
    for (const [n, at] of BOUNDARIES_SECONDS.entries()) {
      for (const name of ['v0', 'v1']) expect(decodeSeconds(out, name, n, 24_000)).toBe(at);
      for (const name of ['a0', 'a1'])
        expect(Math.abs(decodeSeconds(out, name, n, 48_000) - at)).toBeLessThanOrEqual(512 / 48_000);
    }
  });

  it('has a flash and its beep together within 5 ms in both languages', async () => {
    const { out } = await made();
    const flashes = ends(join(out, 'v1/media.m3u8'), ['-an', '-vf', 'blackdetect=d=0.2'], /black_end:([\d.]+)/g);
    expect(flashes.slice(0, 4)).toEqual([1, 3, 5, 7]);
    for (const name of ['a0', 'a1']) {
      const heard = beeps(join(out, name, 'media.m3u8'));
      expect(heard).toHaveLength(4);
      heard.forEach((at, n) => expect(Math.abs(at - (1 + 2 * n)), name).toBeLessThan(0.005));
    }
  });

  it('says in its playlist which is which, and starts with the rung that it started with', async () => {
    const { out, result } = await made();
    const playlist = readFileSync(join(out, 'multivariant.m3u8'), 'utf8');
    const media = playlist.match(/#EXT-X-MEDIA:.*/g) ?? [];
    expect(media).toHaveLength(3);
    expect(media[0]).toMatch(/TYPE=AUDIO.*LANGUAGE="en",DEFAULT=YES.*URI="a0\/media.m3u8"/);
    expect(media[1]).toMatch(/NAME="español".*DEFAULT=NO.*CHARACTERISTICS="public.machine-generated".*URI="a1\//);
    expect(media[2]).toMatch(/TYPE=SUBTITLES.*URI="t0\//);
    expect(playlist.match(/^v\d\/media.m3u8$/gm)).toEqual(['v1/media.m3u8', 'v0/media.m3u8']);
    expect(playlist).toContain('v0/iframes.m3u8');
    expect(result.audioTracks).toMatchObject([
      { name: 'a0', language: 'en', isMachineGenerated: false },
      { name: 'a1', language: 'es', isMachineGenerated: true },
    ]);
    expect(result.renditions).toMatchObject([{ name: 'v0', width: 180, frameRate: 24 }, { name: 'v1' }]);
    for (const { codecs } of result.renditions) expect(codecs).toMatch(/^avc1\.\w{6}$/);
    for (const { name, startBytes } of result.renditions) {
      const [init, first] = ['init.mp4', '0.m4s'].map((file) => readFileSync(join(out, name, file)).length);
      expect(startBytes).toBe((init ?? 0) + (first ?? 0));
    }
    expect(result).toMatchObject({ durationSeconds: DURATION_SECONDS, segmentDurationsSeconds: [1, 1, 2, 2, 2] });
  });

  it('keeps captions, poster and preview, and reports each file that it wrote and no other', async () => {
    const { out, result } = await made();
    for (const file of ['t0/0.vtt', 't0/media.m3u8', 'poster.jpg', 'preview.mp4'])
      expect(readFileSync(join(out, file))).toEqual(readFileSync(join(muxed, file)));
    const written = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.'));
    expect(result.objects.map(({ path }) => path).toSorted()).toEqual(written.toSorted());
  });

  it('is as loud as episodes are, however quiet it came', async () => {
    const quiet = join(dir, 'quiet-tone.wav');
    run(['-y', '-f', 'lavfi', '-i', `sine=f=500:r=48000:d=${DURATION_SECONDS}`, '-af', 'volume=-12dB', quiet]);
    const { out } = await runDub(dir, muxed, quiet);
    const loudness = (file: string): number =>
      Number(/I:\s+(-?[\d.]+) LUFS/.exec(filterLog(file, ['-vn', '-af', 'ebur128=framelog=verbose']).slice(-900))?.[1]);
    expect(loudness(quiet)).toBeLessThan(-25);
    expect(Math.abs(loudness(join(out, 'a1/media.m3u8')) + 16)).toBeLessThan(0.5);
  });

  let first: ReturnType<typeof make> | undefined;
  const make = async () => {
    const ran = await runDub(dir, muxed, dub, { texts: [{ name: 't0', ...ENGLISH }] });
    return { out: ran.out, result: dubbed(ran) };
  };
  const made = () => (first ??= make());
});

describe('a dub for an episode that has several languages', () => {
  it('is one more of them, and takes the place of an earlier one in its language', async () => {
    const spanish = await runDub(dir, muxed, dub);
    const live = (dubbed(spanish).audioTracks ?? []).map((track, n) => ({ ...track, isDefault: n === 0 }));
    const french = await runDub(dir, spanish.out, dub, { language: 'fr', live });
    expect(dubbed(french).audioTracks?.map(({ language }) => language)).toEqual(['en', 'es', 'fr']);
    for (const name of ['a0', 'a1']) expect(sounds(french.out, name)).toEqual(sounds(spanish.out, name));
    expect(pictures(french.out, 'v1')).toEqual(pictures(muxed, 'v1'));
    const other = makeDub(dir, 'other.wav', DURATION_SECONDS - 1);
    const again = await runDub(dir, spanish.out, other, { language: 'es', live });
    expect(dubbed(again).audioTracks?.map(({ language }) => language)).toEqual(['en', 'es']);
    expect(sounds(again.out, 'a0')).toEqual(sounds(spanish.out, 'a0'));
    expect(sounds(again.out, 'a1')).not.toEqual(sounds(spanish.out, 'a1'));
    expect(dubbed(again).warnings.map(({ code }) => code)).toEqual(['dub-shorter']);
  });
});

/** Three rungs, the third the second once more in AV1: packaged as an episode's. */
async function packageWithAv1(): Promise<string> {
  const out = join(dir, 'av1');
  const { plan, files } = encodeTracks(dir);
  const file = join(dir, 'v2.mp4');
  const fragmented = ['-f', 'mp4', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'];
  const coded = ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-crf', '40', '-b:v', '0', '-g', '999'];
  const cut = ['-force_key_frames', BOUNDARIES_SECONDS.join(), '-video_track_timescale', '24000'];
  run(['-y', '-i', join(dir, 'v1.mp4'), '-vf', 'scale=180:-2', ...coded, ...cut, ...fragmented, file]);
  const rungs = [...files.rungs, { rung: { name: 'v2', width: 180, height: 320 }, file }] as typeof files.rungs;
  mkdirSync(out);
  await packageLadder(plan, { ...files, rungs }, out, null);
  writeFileSync(join(out, 'poster.jpg'), 'a poster');
  return out;
}

const toolchain = await toolchainOf(ffmpegBinaries());

describe.skipIf(!toolchain.av1)('a dub for an episode with a rung of AV1', () => {
  it('copies that as the others: every frame at its time, behind H.264, and told as what it is', async () => {
    const base = await packageWithAv1();
    const rungs: LeasedDub['rungs'] = [...RUNGS, { name: 'v2', width: 180, height: 320, frameRate: 24 }];
    const ran = await runDub(dir, base, dub, { rungs });
    const { renditions } = dubbed(ran);
    expect(renditions.map(({ name }) => name)).toEqual(['v0', 'v1', 'v2']);
    expect(renditions[2]?.codecs).toMatch(/^av01\.0\.0\dM\.08$/);
    expect(pictures(ran.out, 'v2')).toHaveLength(DURATION_SECONDS * 24);
    for (const name of ['v0', 'v1', 'v2']) {
      expect(pictures(ran.out, name)).toEqual(pictures(base, name));
      expect(segments(ran.out, name)).toBe(BOUNDARIES_SECONDS.length);
    }
    const playlist = readFileSync(join(ran.out, 'multivariant.m3u8'), 'utf8');
    expect(playlist.match(/^v\d\/media.m3u8$/gm)).toEqual(['v1/media.m3u8', 'v0/media.m3u8', 'v2/media.m3u8']);
    expect(sounds(ran.out, 'a0')).toEqual(sounds(base, 'v0'));
  });
});

describe.each(['aes-128', 'cbcs'] as const)('under %s', (scheme) => {
  it('what is stored is opened with its key and closed with the new one, frame by frame the same', async () => {
    const base = join(dir, scheme);
    const options = { storedKey: leased(scheme), contentKey: leased(scheme, OTHER_KEY) };
    const closed = await runDub(dir, base, dub, options);
    expect(dubbed(closed).protection).toBe(scheme);
    const method = scheme === 'cbcs' ? 'SAMPLE-AES' : 'AES-128';
    for (const name of ['v0', 'v1', 'a0', 'a1'])
      expect(readFileSync(join(closed.out, name, 'media.m3u8'), 'utf8')).toContain(`METHOD=${method},`);
    // Once more, and into the clear: only who has the right keys all the way sees the first picture again.
    const live = (dubbed(closed).audioTracks ?? []).map((track, n) => ({ ...track, isDefault: n === 0 }));
    const open = await runDub(dir, closed.out, dub, { live, storedKey: leased(scheme, OTHER_KEY) });
    expect(dubbed(open).protection).toBeUndefined();
    for (const name of ['v0', 'v1']) expect(pictures(open.out, name)).toEqual(pictures(muxed, name));
    expect(sounds(open.out, 'a0')).toEqual(sounds(muxed, 'v0'));
  });

  it('its segments are encrypted: without the key they are other bytes', async () => {
    const closed = await runDub(dir, muxed, dub, { contentKey: leased(scheme) });
    const clear = await runDub(dir, muxed, dub);
    // `cbcs` leaves nine of ten blocks of a picture as they are, and what is smaller than a block: a whole mdat is not. The
    // largest one, as each has half a second only.
    const mdat = (out: string, name: string): Buffer =>
      childBoxes(readFileSync(join(out, name, '1.m4s')))
        .filter(({ type }) => type === 'mdat')
        .map(({ body }) => body)
        .toSorted((a, b) => b.length - a.length)[0] ?? Buffer.alloc(0);
    for (const name of ['v0', 'v1', 'a0', 'a1']) {
      const stored = readFileSync(join(closed.out, name, '1.m4s'));
      expect(mdat(clear.out, name).length).toBeGreaterThan(200);
      expect(stored.includes(mdat(clear.out, name)), name).toBe(false);
    }
  });
});

describe('what is refused', () => {
  const refused = async (file: string): Promise<{ code: string; detail: string }> => {
    const { result } = await runDub(dir, muxed, file);
    if (result.ok) throw new Error('it was taken');
    expect(failureToWire(result.error).retryable).toBe(false);
    return failureToWire(result.error);
  };

  it('a film without sound', async () => {
    expect(await refused(makeClip(dir, { seconds: 8, sound: false, file: 'mute.mp4' }))).toMatchObject({
      code: 'no-audio-stream',
    });
  });

  it('sound of another length, with both lengths', async () => {
    const long = await refused(makeDub(dir, 'long.wav', 30));
    expect(long.code).toBe('dub-duration-mismatch');
    expect(long.detail).toContain('The sound lasts 30.0 s and the episode 8.0 s');
    expect((await refused(makeDub(dir, 'short.wav', 2))).detail).toContain('The sound lasts 2.0 s');
  });

  it('a file that breaks off, a playlist, and noise', async () => {
    const cut = makeDub(dir, 'cut.wav');
    truncateSync(cut, 350_000);
    expect((await refused(cut)).code).toMatch(/^(source-truncated|dub-duration-mismatch)$/);
    const playlist = join(dir, 'list.mp3');
    writeFileSync(playlist, `#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nfile://${dub}\n#EXT-X-ENDLIST\n`);
    expect((await refused(playlist)).code).toBe('container-not-allowed');
    const noise = join(dir, 'noise.mp3');
    writeFileSync(noise, Buffer.concat([Buffer.from([0xff, 0xfb]), Buffer.alloc(4_000, 0x5a)]));
    expect((await refused(noise)).code).toMatch(
      /^(source-unreadable|no-audio-stream|dub-duration-mismatch|duration-unknown)$/,
    );
  });

  it('a version that cannot be opened with the key of the lease', async () => {
    await expect(runDub(dir, join(dir, 'aes-128'), dub, { storedKey: leased('aes-128', OTHER_KEY) })).rejects.toThrow();
    await expect(runDub(dir, join(dir, 'cbcs'), dub)).rejects.toThrow('no key');
  });
});

describe('what is taken', () => {
  it.each([
    ['dub.mp3', []],
    ['dub.flac', []],
    ['dub.m4a', ['-c:a', 'aac']],
    ['dub.aac', ['-c:a', 'aac']],
    ['dub.mka', ['-c:a', 'libopus']],
  ] as const)('%s', async (file, more) => {
    const { out, result } = await runDub(dir, muxed, makeDub(dir, file, DURATION_SECONDS, more));
    if (!result.ok) throw new Error(failureToWire(result.error).detail);
    const heard = beeps(join(out, 'a1/media.m3u8'));
    expect(heard).toHaveLength(4);
    // Raw MPEG audio and ADTS say nothing of the encoder's delay: two frames at most.
    const tolerance = file === 'dub.aac' ? 0.05 : 0.03;
    heard.forEach((at, n) => expect(Math.abs(at - (1 + 2 * n))).toBeLessThan(tolerance));
  });

  it('a film, of which the sound in the language of the dub is taken', async () => {
    const both = join(dir, 'both.mkv');
    const wrong = makeDub(dir, 'quiet.wav', DURATION_SECONDS, ['-af', 'volume=0']);
    const tags = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=spa'];
    const args = ['-y', '-i', wrong, '-i', dub, '-map', '0:a', '-map', '1:a', ...tags, '-c:a', 'flac', both];
    run(args);
    const { out, result } = await runDub(dir, muxed, both);
    expect(result.ok).toBe(true);
    expect(beeps(join(out, 'a1/media.m3u8'))).toHaveLength(4);
  });
});
