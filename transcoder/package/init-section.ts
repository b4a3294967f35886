import type { CbcsKey } from './cbcs.ts';
import { protectedStsd, psshBoxes } from './protection-boxes.ts';
import { ascii, box, fullBox, u16, u32, zeros } from './write-boxes.ts';

export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;

export interface InitTracks {
  /** Null in a Rendition of one language, which has sound only. */
  readonly video: VideoInit | null;
  /** Null where every language is a Rendition of its own. */
  readonly audio: AudioInit | null;
  /** Samples are encrypted with it; null leaves them in the clear. */
  readonly cbcs: CbcsKey | null;
}

interface AudioInit {
  readonly timescale: number;
  readonly stsd: Buffer;
}

interface VideoInit {
  readonly width: number;
  readonly height: number;
  readonly timescale: number;
  /** Ticks by which B-frames delay the first picture; see `timeline.ts`. */
  readonly reorderTicks: number;
  readonly stsd: Buffer;
}

const UNITY_MATRIX = u32(0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000);
/** ISO 639-2 `und`: the language is the playlist's business. */
const LANGUAGE_UND = 0x55c4;

/** The Media Initialization Section: ftyp and moov, no samples. */
export function initSection({ video, audio, cbcs }: InitTracks): Buffer {
  const rate = u32(0x0001_0000);
  const rest = [u16(0x0100), zeros(10), UNITY_MATRIX, zeros(24), u32(AUDIO_TRACK_ID + 1)];
  const mvhd = fullBox('mvhd', 0, 0, u32(0, 0, 1000, 0), rate, ...rest);
  const traks = [
    ...(video === null ? [] : [pictureTrak(video, cbcs)]),
    ...(audio === null ? [] : [soundTrak(audio, cbcs)]),
  ];
  const trexes = [...(video === null ? [] : [trex(VIDEO_TRACK_ID)]), ...(audio === null ? [] : [trex(AUDIO_TRACK_ID)])];
  const pssh = cbcs === null ? [] : psshBoxes(cbcs);
  const ftyp = box('ftyp', ascii('iso6'), u32(0), ascii('iso6mp41'));
  return Buffer.concat([ftyp, box('moov', mvhd, ...traks, box('mvex', ...trexes), ...pssh)]);
}

function soundTrak({ timescale, stsd }: AudioInit, cbcs: CbcsKey | null): Buffer {
  return trak({
    id: AUDIO_TRACK_ID,
    timescale,
    startTicks: 0,
    handler: 'soun',
    mediaHeader: fullBox('smhd', 0, 0, zeros(4)),
    stsd: cbcs === null ? stsd : protectedStsd(stsd, 'audio', cbcs),
    volume: 0x0100,
    width: 0,
    height: 0,
  });
}

function pictureTrak(video: VideoInit, cbcs: CbcsKey | null): Buffer {
  return trak({
    id: VIDEO_TRACK_ID,
    timescale: video.timescale,
    startTicks: video.reorderTicks,
    handler: 'vide',
    mediaHeader: fullBox('vmhd', 0, 1, zeros(8)),
    stsd: cbcs === null ? video.stsd : protectedStsd(video.stsd, 'video', cbcs),
    volume: 0,
    width: video.width,
    height: video.height,
  });
}

interface TrackHeader {
  readonly id: number;
  readonly timescale: number;
  /** Where the presentation begins in the track's own time. */
  readonly startTicks: number;
  readonly handler: 'vide' | 'soun';
  readonly mediaHeader: Buffer;
  readonly stsd: Buffer;
  readonly volume: number;
  readonly width: number;
  readonly height: number;
}

function trak(track: TrackHeader): Buffer {
  const placement = [zeros(8), u16(0, track.handler === 'soun' ? 1 : 0, track.volume, 0), UNITY_MATRIX];
  const size = u32(track.width * 0x1_0000, track.height * 0x1_0000);
  const tkhd = fullBox('tkhd', 0, 3, u32(0, 0, track.id, 0, 0), ...placement, size);
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(LANGUAGE_UND, 0));
  const hdlr = fullBox('hdlr', 0, 0, u32(0), ascii(track.handler), zeros(12), ascii('\0'));
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const empty = [
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  ];
  const minf = box('minf', track.mediaHeader, dinf, box('stbl', track.stsd, ...empty));
  return box('trak', tkhd, ...edits(track.startTicks), box('mdia', mdhd, hdlr, minf));
}

/** One edit without a duration: it lasts as long as the fragments do (ISO/IEC 14496-12, 8.6.6). */
function edits(startTicks: number): readonly Buffer[] {
  return startTicks === 0 ? [] : [box('edts', fullBox('elst', 0, 0, u32(1, 0, startTicks), u16(1, 0)))];
}

function trex(trackId: number): Buffer {
  return fullBox('trex', 0, 0, u32(trackId, 1, 0, 0, 0));
}
