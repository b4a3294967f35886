/**
 * Uploads that mean harm, or that something has harmed, and what must become of each. None is kept as a file: they are
 * made from one small clip, or written by hand where no encoder would write them.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpegBinaries, makeClip } from '../clips.ts';
import { blackPng, greyJpeg, packedIndex } from './bombs.ts';
import { box, editBoxes, fullBox, patched, stillMovie, u32 } from './boxes.ts';
import type { Canary } from './canary.ts';
import { flipBits } from './mutate.ts';

export interface HostileUpload {
  readonly name: string;
  readonly bytes: Buffer;
  /** The codes it may be refused with; `playable` among them where it may also become an episode. */
  readonly becomes: readonly string[];
}

/** The good clip in the containers that are taken; its index stands last in `mp4`, first in `faststart`. */
export interface GoodClips {
  readonly mp4: Buffer;
  readonly faststart: Buffer;
  readonly fragmented: Buffer;
  readonly mkv: Buffer;
  readonly ts: Buffer;
  readonly encrypted: Buffer;
  readonly avi: Buffer;
  /** A film with a subtitle and a font attached, all of which speak of the canary. */
  readonly attachments: Buffer;
}

export function makeGoodClips(dir: string, canaryUrl: string, seconds = 1): GoodClips {
  const source = makeClip(dir, { seconds, size: '64x112' });
  const remuxed = (file: string, ...args: readonly string[]): Buffer => {
    const command = ['-v', 'error', '-y', '-i', source, ...args, '-c', 'copy', join(dir, file)];
    execFileSync(ffmpegBinaries().ffmpegPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
    return readFileSync(join(dir, file));
  };
  const [subtitle, font] = [join(dir, 'talk.ass'), join(dir, 'font.ttf')];
  writeFileSync(subtitle, talkingSubtitle(canaryUrl));
  writeFileSync(font, `not a font, but ${canaryUrl}/font`);
  const key = [
    '-encryption_key',
    '0123456789abcdef0123456789abcdef',
    '-encryption_kid',
    'fedcba9876543210fedcba9876543210',
  ];
  return {
    mp4: readFileSync(source),
    faststart: remuxed('faststart.mp4', '-movflags', '+faststart'),
    fragmented: remuxed('fragmented.mp4', '-movflags', '+frag_keyframe+empty_moov', '-frag_duration', '100000'),
    mkv: remuxed('clip.mkv'),
    ts: remuxed('clip.ts'),
    encrypted: remuxed('encrypted.mp4', '-encryption_scheme', 'cenc-aes-ctr', ...key),
    avi: remuxed('clip.avi'),
    attachments: remuxed(
      'attachments.mkv',
      ...['-i', subtitle, '-map', '0', '-map', '1', '-attach', font, '-metadata:s:t', 'mimetype=font/ttf'],
      ...['-metadata', `title=${canaryUrl}/title`],
    ),
  };
}

function talkingSubtitle(url: string): string {
  const text = `{\\fn../../../../etc/passwd}<img src="${url}/subtitle.png">{\\p1}m 0 0 l 1 1{\\p0}`;
  const format = 'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text';
  return `[Script Info]\nScriptType: v4.00+\n[Events]\n${format}\nDialogue: 0,0:00:00.10,0:00:00.80,D,,0,0,0,,${text}\n`;
}

export function hostileUploads(good: GoodClips, canary: Canary): readonly HostileUpload[] {
  return [
    ...lists(canary, good),
    ...bombs(good),
    ...times(good),
    ...broken(good),
    ...references(good, canary),
    ...truncated(good),
    ...damaged(good),
  ];
}

const NOT_ALLOWED = ['container-not-allowed'];

/** Files that name other files, under a film's name. */
function lists(canary: Canary, good: GoodClips): readonly HostileUpload[] {
  const segments = (uri: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${uri}\n#EXT-X-ENDLIST\n`;
  const dash = `<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet><Representation id="1"><BaseURL>${canary.url}/dash.ts</BaseURL></Representation></AdaptationSet></Period></MPD>`;
  const sdp = `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:${canary.url}/sdp\nm=video 5004 RTP/AVP 96\n`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><image href="${canary.url}/svg.png"/></svg>`;
  const gab2 = Buffer.concat([
    good.avi,
    Buffer.from(`00sbGAB2\0\u0002\0\0\0\0\0\u0004\0${segments(`${canary.url}/gab2.ts`)}`),
  ]);
  const text: readonly (readonly [string, string])[] = [
    ['an HLS playlist of a file here', segments(`file://${canary.file}`)],
    ['an HLS playlist of a relative file', segments('canary.ts')],
    ['an HLS playlist of a server here', segments(`${canary.url}/hls.ts`)],
    ['an HLS playlist that concatenates', segments(`concat:${canary.file}|${canary.file}`)],
    ['an HLS playlist behind a byte order mark', `\u00ef\u00bb\u00bf${segments(canary.url)}`],
    ['an ffmpeg list', `ffconcat version 1.0\nfile ${canary.file}\n`],
    ['a DASH manifest', dash],
    ['an SDP description', sdp],
    ['an SVG picture', svg],
    ['a SubRip file', `1\n00:00:00,000 --> 00:00:01,000\n<img src="${canary.url}/srt.png">\n`],
    ['a WebVTT file', `WEBVTT\n\n00:00.000 --> 00:01.000\n<c.${canary.url}>\n`],
  ];
  return [
    ...text.map(([name, content]) => ({ name, bytes: Buffer.from(content, 'latin1'), becomes: NOT_ALLOWED })),
    { name: 'an AVI file with a playlist as its subtitle (GAB2)', bytes: gab2, becomes: NOT_ALLOWED },
    {
      name: 'an SDP description inside an MP4 file',
      bytes: behind(box('free', `\n${sdp}`), good.mp4),
      becomes: ['playable'],
    },
  ];
}

/** Puts a box before a film and moves what the index says by as much. */
function behind(first: Buffer, film: Buffer): Buffer {
  const moved = (body: Buffer): Buffer => {
    const bytes = Buffer.from(body);
    for (let at = 8; at < bytes.length; at += 4) bytes.writeUInt32BE(bytes.readUInt32BE(at) + first.length, at);
    return box('stco', bytes);
  };
  return Buffer.concat([first, editBoxes(film, { stco: moved })]);
}

function bombs(good: GoodClips): readonly HostileUpload[] {
  const jpeg = greyJpeg(16_000, 16_000);
  const png = blackPng(20_000, 20_000);
  const small = { width: 360, height: 640, frames: 5 };
  const tracks = (count: number): Buffer =>
    editBoxes(good.mp4, { trak: (_, whole) => Buffer.concat(Array.from({ length: count / 2 }, () => whole)) });
  const tooLarge = ['too-large-picture'];
  return [
    {
      name: 'MJPEG of 16,000 pixels squared',
      bytes: stillMovie({ format: 'jpeg', width: 16_000, height: 16_000, picture: jpeg }),
      becomes: tooLarge,
    },
    {
      name: 'MJPEG of 16,000 pixels squared that says 360x640',
      bytes: stillMovie({ format: 'jpeg', picture: jpeg, ...small }),
      becomes: tooLarge,
    },
    { name: 'H.264 of 8,000 pixels squared', bytes: hugeH264(good), becomes: tooLarge },
    { name: 'a PNG picture of 20,000 pixels squared', bytes: png, becomes: NOT_ALLOWED },
    {
      name: 'PNG of 20,000 pixels squared in a film',
      bytes: stillMovie({ format: 'png ', width: 20_000, height: 20_000, picture: png }),
      becomes: tooLarge,
    },
    {
      name: 'PNG of 20,000 pixels squared that says 360x640',
      bytes: stillMovie({ format: 'png ', picture: png, ...small }),
      becomes: tooLarge,
    },
    { name: 'an index that unpacks to 1.5 GB', bytes: packedIndex(1_500_000_000), becomes: ['source-unreadable'] },
    { name: '1,000 streams', bytes: tracks(1_000), becomes: ['source-unreadable'] },
    { name: '34 streams', bytes: tracks(34), becomes: ['source-unreadable'] },
  ];
}

/** x264's own description of a picture of 8000x8000, before the samples of a small one. */
const HUGE_AVCC = '0142c03effe1001a6742c03eda007d003e9b011000000300100000030020f08042a001000468ce0fc8';
/** Of a sample entry, before its boxes. */
const VISUAL_ENTRY_BYTES = 86;

function hugeH264(good: GoodClips): Buffer {
  return editBoxes(good.mp4, {
    stsd: (body, whole) => {
      if (body.toString('latin1', 12, 16) !== 'avc1') return whole;
      const entry = body.subarray(16, 8 + VISUAL_ENTRY_BYTES);
      return fullBox('stsd', u32(1), box('avc1', entry, box('avcC', Buffer.from(HUGE_AVCC, 'hex'))));
    },
  });
}

/** Clocks that lie. */
function times(good: GoodClips): readonly HostileUpload[] {
  const picture = greyJpeg(360, 640);
  const still = { format: 'jpeg', width: 360, height: 640, picture };
  const tenHours = stillMovie({ ...still, frames: 36_000 });
  const header = (numbers: Readonly<Record<number, number>>): Buffer =>
    editBoxes(good.mp4, {
      mvhd: (body) => box('mvhd', patched(body, numbers)),
      mdhd: (body) => box('mdhd', patched(body, numbers)),
    });
  const steps = (delta: number): Buffer =>
    editBoxes(good.mp4, { stts: (body) => box('stts', patched(body, { 12: delta })) });
  const edits = (...entries: readonly number[]): Buffer =>
    editBoxes(good.mp4, { elst: () => fullBox('elst', u32(entries.length / 3, ...entries)) });
  return [
    { name: '10 hours at 1 fps', bytes: tenHours, becomes: ['too-long'] },
    {
      name: '10 hours at 1 fps that say 1 second',
      bytes: editBoxes(tenHours, {
        mdhd: (body) => box('mdhd', patched(body, { 16: 1000 })),
        mvhd: (body) => box('mvhd', patched(body, { 16: 1000 })),
      }),
      becomes: ['playable'],
    },
    { name: 'a duration of 0', bytes: header({ 16: 0 }), becomes: ['duration-unknown'] },
    { name: 'a duration without end', bytes: header({ 16: 0xffff_ffff }), becomes: ['playable'] },
    { name: 'a clock of 0 ticks a second', bytes: header({ 12: 0 }), becomes: ['too-long'] },
    { name: 'a clock of 4 thousand million ticks a second', bytes: header({ 12: 0xffff_ffff }), becomes: ['too-long'] },
    { name: 'frames that take no time', bytes: steps(0), becomes: ['playable'] },
    { name: 'frames that go back in time', bytes: steps(-1), becomes: ['source-truncated'] },
    {
      name: 'frames of two days',
      bytes: steps(0x7fff_ffff),
      becomes: ['too-long', 'source-unreadable', 'source-truncated'],
    },
    {
      name: 'an edit list that starts past the end',
      bytes: edits(1000, 0x7fff_0000, 0x10000),
      becomes: ['source-unreadable', 'source-truncated'],
    },
    { name: 'an edit list that starts before the beginning', bytes: edits(1000, -5, 0x10000), becomes: ['playable'] },
    { name: 'an edit list that stands still', bytes: edits(1000, 0, 0), becomes: ['playable'] },
    {
      name: 'an edit list of 20,000 entries',
      bytes: edits(...Array.from({ length: 20_000 }, () => [10, 0, 0x10000]).flat()),
      becomes: ['playable'],
    },
    {
      name: 'an edit list that waits for a month',
      bytes: edits(0x7fff_ffff, -1, 0x10000, 1000, 0, 0x10000),
      becomes: ['playable'],
    },
  ];
}

/** Files that are not what their first bytes promise. */
function broken(good: GoodClips): readonly HostileUpload[] {
  const nested = Array.from({ length: 3_000 }).reduce<Buffer>((inner) => box('moov', inner), box('moov'));
  const withoutPictures = editBoxes(good.faststart, { mdat: () => Buffer.alloc(0) });
  const samples = (numbers: Readonly<Record<number, number>>): Buffer =>
    editBoxes(good.mp4, { stsz: (body) => box('stsz', patched(body, numbers)) });
  const places = editBoxes(good.mp4, { stco: (body) => box('stco', patched(body, { 8: 0x7fff_ffff })) });
  const codec = (name: string): Buffer =>
    editBoxes(good.mp4, { stsd: (body) => box('stsd', body.subarray(0, 12), name, body.subarray(16)) });
  return [
    { name: 'no byte at all', bytes: Buffer.alloc(0), becomes: ['source-empty'] },
    { name: 'one byte', bytes: Buffer.alloc(1), becomes: NOT_ALLOWED },
    { name: 'a million zeros', bytes: Buffer.alloc(1_000_000), becomes: NOT_ALLOWED },
    { name: 'a ZIP archive', bytes: Buffer.concat([Buffer.from('PK\u0003\u0004'), good.mp4]), becomes: NOT_ALLOWED },
    {
      name: 'an MP4 file with its first four letters changed',
      bytes: editBoxes(good.mp4, { ftyp: (body) => box('XXXX', body) }),
      becomes: NOT_ALLOWED,
    },
    { name: 'an index without pictures', bytes: withoutPictures, becomes: ['source-truncated'] },
    {
      name: 'pictures without an index',
      bytes: editBoxes(good.mp4, { moov: () => Buffer.alloc(0) }),
      becomes: ['source-truncated'],
    },
    {
      name: '3,000 indexes, one in the other',
      bytes: Buffer.concat([box('ftyp', 'isom', u32(0)), nested]),
      becomes: ['source-unreadable'],
    },
    { name: 'encrypted pictures (cenc)', bytes: good.encrypted, becomes: ['source-encrypted'] },
    { name: 'samples of 2 GB', bytes: samples({ 4: 0x7fff_ffff }), becomes: ['source-unreadable'] },
    { name: 'four thousand million samples', bytes: samples({ 8: 0xffff_ffff }), becomes: ['source-unreadable'] },
    { name: 'samples behind the end of the file', bytes: places, becomes: ['source-unreadable'] },
    { name: 'a codec that nobody knows', bytes: codec('zzzz'), becomes: ['video-codec-unknown'] },
    { name: 'a codec of the nineties', bytes: codec('cvid'), becomes: ['video-codec-unknown'] },
  ];
}

/** Films that point to what is not in them. */
function references(good: GoodClips, canary: Canary): readonly HostileUpload[] {
  const outside = (type: string, target: string): Buffer =>
    editBoxes(good.mp4, { dref: () => fullBox('dref', u32(1), fullBox(type, `${target}\0`)) });
  const alias = Buffer.concat([
    Buffer.alloc(150),
    Buffer.from([0, 2, 0, canary.file.length]),
    Buffer.from(canary.file),
  ]);
  return [
    {
      name: 'pictures on a server here (dref)',
      bytes: outside('url ', `${canary.url}/dref.mp4`),
      becomes: ['playable'],
    },
    { name: 'pictures in a file here (dref)', bytes: outside('url ', `file://${canary.file}`), becomes: ['playable'] },
    { name: 'pictures in a file here (urn)', bytes: outside('urn ', canary.file), becomes: ['playable'] },
    {
      name: 'pictures in a file here (alias)',
      bytes: editBoxes(good.mp4, { dref: () => fullBox('dref', u32(1), fullBox('alis', alias)) }),
      becomes: ['source-unreadable'],
    },
    {
      name: 'subtitles, a font and a title that speak of a server here',
      bytes: good.attachments,
      becomes: ['playable'],
    },
  ];
}

function truncated(good: GoodClips): readonly HostileUpload[] {
  const tenths = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const cut = (kind: keyof GoodClips, at: readonly number[], becomes: readonly string[]): readonly HostileUpload[] =>
    at.map((tenth) => ({
      name: `${tenth} tenths of the ${kind} clip`,
      bytes: good[kind].subarray(0, (good[kind].length * tenth) / 10),
      becomes,
    }));
  // Pictures to the end of the file, however long it is: the boxes do not show that some are missing.
  const open = editBoxes(good.faststart, { mdat: (body) => Buffer.concat([u32(0), Buffer.from('mdat'), body]) });
  return [
    ...cut('mp4', tenths, ['source-truncated']),
    ...cut('faststart', tenths, ['source-truncated']),
    ...cut('mkv', tenths, ['source-truncated']),
    ...cut('fragmented', [1, 5, 9], ['source-truncated']),
    // Each moment stands for itself here: what is there may be the whole of a shorter film.
    ...cut('ts', [1, 5, 9], ['source-unreadable', 'playable']),
    {
      name: 'half of a clip whose length is left open',
      bytes: open.subarray(0, open.length * 0.6),
      becomes: ['source-truncated'],
    },
  ];
}

export const DAMAGE_CODES: readonly string[] = [
  ...[
    'playable',
    'container-not-allowed',
    'source-truncated',
    'source-unreadable',
    'source-corrupt',
    'no-video-stream',
  ],
  ...[
    'video-codec-unknown',
    'duration-unknown',
    'too-long',
    'too-large-picture',
    'too-small-picture',
    'source-encrypted',
  ],
];

function damaged(good: GoodClips): readonly HostileUpload[] {
  const kinds = ['mp4', 'mkv', 'ts'] as const;
  return [0.0001, 0.001, 0.01].flatMap((rate, n) =>
    kinds.map((kind) => ({
      name: `${kind} with a bit in ${1 / rate} bytes flipped`,
      bytes: flipBits(good[kind], rate, n + 1),
      becomes: DAMAGE_CODES,
    })),
  );
}
