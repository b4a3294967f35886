import { boxesIn, findBox, readUint32, readUint64, typeAt, type Box } from './boxes.ts';

/** The picture of a Media Initialization Section. */
export interface VideoTrack {
  readonly trackId: number;
  readonly timescale: number;
  /** Of samples that say nothing themselves (trex). */
  readonly defaultSampleFlags: number | null;
}

/** How a Media Segment begins. */
export interface FragmentHead {
  readonly decodeTicks: number;
  /** False where the first sample cannot be decoded by itself. */
  readonly beginsWithSync: boolean;
}

export function readVideoTrack(init: Uint8Array): VideoTrack | null {
  const moov = findBox(init, null, 'moov');
  if (moov === null) return null;
  for (const trak of boxesIn(init, moov.start, moov.end).filter(({ type }) => type === 'trak')) {
    const handler = findBox(init, trak, 'mdia', 'hdlr');
    const header = findBox(init, trak, 'tkhd');
    const media = findBox(init, trak, 'mdia', 'mdhd');
    if (handler === null || typeAt(init, handler.start + 8) !== 'vide' || header === null || media === null) continue;
    // Version 1 has times of 8 bytes before the field. @see ISO/IEC 14496-12 8.3.2, 8.4.2
    const trackId = readUint32(init, header.start + (init[header.start] === 1 ? 20 : 12));
    const timescale = readUint32(init, media.start + (init[media.start] === 1 ? 20 : 12));
    if (trackId === null || timescale === null || timescale === 0) return null;
    return { trackId, timescale, defaultSampleFlags: trexFlags(init, moov, trackId) };
  }
  return null;
}

/** @see ISO/IEC 14496-12 8.8.3 */
function trexFlags(init: Uint8Array, moov: Box, trackId: number): number | null {
  const mvex = findBox(init, moov, 'mvex');
  if (mvex === null) return null;
  const trex = boxesIn(init, mvex.start, mvex.end).find(
    ({ type, start }) => type === 'trex' && readUint32(init, start + 4) === trackId,
  );
  return trex === undefined ? null : readUint32(init, trex.start + 20);
}

/** From the first bytes of a segment: a kilobyte is enough, as the picture's run begins within it. */
export function readFragmentHead(bytes: Uint8Array, track: VideoTrack): FragmentHead | null {
  const moof = findBox(bytes, null, 'moof');
  if (moof === null) return null;
  for (const traf of boxesIn(bytes, moof.start, moof.end).filter(({ type }) => type === 'traf')) {
    const tfhd = findBox(bytes, traf, 'tfhd');
    const tfdt = findBox(bytes, traf, 'tfdt');
    const trun = findBox(bytes, traf, 'trun');
    if (tfhd === null || tfdt === null || trun === null) continue;
    if (readUint32(bytes, tfhd.start + 4) !== track.trackId) continue;
    const decodeTicks = (bytes[tfdt.start] === 1 ? readUint64 : readUint32)(bytes, tfdt.start + 4);
    const flags = runFlags(bytes, trun) ?? headerFlags(bytes, tfhd) ?? track.defaultSampleFlags;
    if (decodeTicks === null || flags === null) return null;
    return { decodeTicks, beginsWithSync: (flags & SAMPLE_IS_NON_SYNC) === 0 };
  }
  return null;
}

const SAMPLE_IS_NON_SYNC = 0x0001_0000;

/** Of the first sample, where the run says it. @see ISO/IEC 14496-12 8.8.8 */
function runFlags(bytes: Uint8Array, { start }: Box): number | null {
  const has = (readUint32(bytes, start) ?? 0) & 0xff_ffff;
  let at = start + 8 + (has & 0x1 ? 4 : 0);
  if (has & 0x4) return readUint32(bytes, at);
  if (!(has & 0x400)) return null;
  at += (has & 0x100 ? 4 : 0) + (has & 0x200 ? 4 : 0);
  return readUint32(bytes, at);
}

/** @see ISO/IEC 14496-12 8.8.7 */
function headerFlags(bytes: Uint8Array, { start }: Box): number | null {
  const has = (readUint32(bytes, start) ?? 0) & 0xff_ffff;
  if (!(has & 0x20)) return null;
  const at = start + 8 + (has & 0x1 ? 8 : 0) + (has & 0x2 ? 4 : 0) + (has & 0x8 ? 4 : 0) + (has & 0x10 ? 4 : 0);
  return readUint32(bytes, at);
}
