import { ascii, box, fullBox, u16, u32, zeros } from './write-boxes.ts';

export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;

export interface InitTracks {
  readonly width: number;
  readonly height: number;
  readonly videoTimescale: number;
  readonly audioTimescale: number;
  /** Ticks by which B-frames delay the first picture; see `timeline.ts`. */
  readonly videoReorderTicks: number;
  readonly videoStsd: Buffer;
  readonly audioStsd: Buffer;
}

const UNITY_MATRIX = u32(0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000);
/** ISO 639-2 `und`: the language is the playlist's business. */
const LANGUAGE_UND = 0x55c4;

/** The Media Initialization Section of one rung: ftyp and moov with the picture and the main language, no samples. */
export function initSection(tracks: InitTracks): Buffer {
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 0),
    u32(0x0001_0000),
    u16(0x0100),
    zeros(10),
    UNITY_MATRIX,
    zeros(24),
    u32(3),
  );
  const video = trak({
    id: VIDEO_TRACK_ID,
    timescale: tracks.videoTimescale,
    startTicks: tracks.videoReorderTicks,
    handler: 'vide',
    mediaHeader: fullBox('vmhd', 0, 1, zeros(8)),
    stsd: tracks.videoStsd,
    volume: 0,
    width: tracks.width,
    height: tracks.height,
  });
  const audio = trak({
    id: AUDIO_TRACK_ID,
    timescale: tracks.audioTimescale,
    startTicks: 0,
    handler: 'soun',
    mediaHeader: fullBox('smhd', 0, 0, zeros(4)),
    stsd: tracks.audioStsd,
    volume: 0x0100,
    width: 0,
    height: 0,
  });
  const mvex = box('mvex', trex(VIDEO_TRACK_ID), trex(AUDIO_TRACK_ID));
  const ftyp = box('ftyp', ascii('iso6'), u32(0), ascii('iso6mp41'));
  return Buffer.concat([ftyp, box('moov', mvhd, video, audio, mvex)]);
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
