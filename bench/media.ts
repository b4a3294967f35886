/** Media as far as a publication looks into it: playlists, and boxes that say when a picture begins. */
import { ascii, box, fullBox, u32, u64, zeros } from '../transcoder/package/write-boxes.ts';

export interface RungShape {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
}

export interface MediaShape {
  readonly rungs: readonly RungShape[];
  readonly segmentSeconds: readonly number[];
  /** What is in each segment, after its boxes. */
  readonly payload: Buffer;
}

const TIMESCALE = 90_000;
const CODECS = 'avc1.64001f';

export function mediaObjects({ rungs, segmentSeconds, payload }: MediaShape): Map<string, Buffer> {
  const objects = new Map<string, Buffer>([
    ['poster.jpg', Buffer.from('poster')],
    ['multivariant.m3u8', Buffer.from(multivariantPlaylist(rungs))],
  ]);
  for (const { name } of rungs) {
    objects.set(`${name}/init.mp4`, initSection());
    objects.set(`${name}/media.m3u8`, Buffer.from(mediaPlaylist(segmentSeconds)));
    let start = 0;
    for (const [number, seconds] of segmentSeconds.entries()) {
      objects.set(`${name}/${number}.m4s`, segment(number, start, payload));
      start += seconds;
    }
  }
  return objects;
}

/** As our transcoder reports it. */
export function renditionOf({ name, width, height, bandwidthBps }: RungShape) {
  return { name, width, height, bandwidthBps, averageBandwidthBps: bandwidthBps, codecs: CODECS, frameRate: 30 };
}

function multivariantPlaylist(rungs: readonly RungShape[]): string {
  const streams = rungs.flatMap(({ name, width, height, bandwidthBps }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidthBps},CODECS="${CODECS}",RESOLUTION=${width}x${height}`,
    `${name}/media.m3u8`,
  ]);
  return ['#EXTM3U', '#EXT-X-VERSION:7', ...streams, ''].join('\n');
}

/** As our transcoder writes it. */
export function mediaPlaylist(segmentSeconds: readonly number[]): string {
  const longest = Math.ceil(Math.max(...segmentSeconds));
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${longest}`, '#EXT-X-PLAYLIST-TYPE:VOD'];
  const list = segmentSeconds.map((seconds, number) => `#EXTINF:${seconds.toFixed(5)},\n${number}.m4s`);
  return [...head, '#EXT-X-MAP:URI="init.mp4"', ...list, '#EXT-X-ENDLIST', ''].join('\n');
}

function initSection(): Buffer {
  const tkhd = fullBox('tkhd', 0, 3, u32(0, 0, 1), zeros(68));
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, TIMESCALE, 0), zeros(4));
  const hdlr = fullBox('hdlr', 0, 0, zeros(4), ascii('vide'), zeros(13));
  const moov = box('moov', box('trak', tkhd, box('mdia', mdhd, hdlr)));
  return Buffer.concat([box('ftyp', ascii('iso6'), u32(0)), moov]);
}

/** One fragment that begins with an IDR. */
function segment(number: number, startSeconds: number, payload: Buffer): Buffer {
  const tfhd = fullBox('tfhd', 0, 0x02_0000, u32(1));
  const tfdt = fullBox('tfdt', 1, 0, u64(Math.round(startSeconds * TIMESCALE)));
  const trun = fullBox('trun', 1, 0x1 | 0x4, u32(1, 0, 0x0200_0000));
  const moof = box('moof', fullBox('mfhd', 0, 0, u32(number + 1)), box('traf', tfhd, tfdt, trun));
  return Buffer.concat([moof, box('mdat', payload)]);
}
