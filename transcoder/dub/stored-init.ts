import { sampleEntry } from '../package/codecs.ts';
import { BoxError, childBoxes, findBox, requireBox } from '../package/read-boxes.ts';
import { box, fullBox, u32 } from '../package/write-boxes.ts';

/** One track of a Media Initialization Section that our packager wrote. */
export interface StoredTrack {
  readonly trackId: number;
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  /** As it was before the track was encrypted. */
  readonly stsd: Buffer;
  /** Ticks that the edit list takes off the first picture. */
  readonly reorderTicks: number;
  readonly trex: Buffer;
  /** How its samples are encrypted; null: they are not. */
  readonly cbcs: StoredEncryption | null;
}

export interface StoredEncryption {
  readonly iv: Buffer;
  /** Of each so many bytes the first block is encrypted. */
  readonly stepBytes: number;
}

export function readStoredInit(init: Buffer): readonly StoredTrack[] {
  const moov = requireBox(init, 'moov').body;
  const trexes = childBoxes(requireBox(moov, 'mvex').body);
  return childBoxes(moov)
    .filter(({ type }) => type === 'trak')
    .map(({ body: trak }) => {
      const trackId = requireBox(trak, 'tkhd').body.readUInt32BE(12);
      const mdia = requireBox(trak, 'mdia').body;
      const isSound = requireBox(mdia, 'hdlr').body.toString('latin1', 8, 12) === 'soun';
      const stsd = requireBox(mdia, 'minf', 'stbl', 'stsd').bytes;
      const trex = trexes.find(({ body }) => body.readUInt32BE(4) === trackId);
      if (trex === undefined) throw new BoxError(`no trex of track ${trackId}`);
      return {
        trackId,
        kind: isSound ? 'audio' : 'video',
        timescale: requireBox(mdia, 'mdhd').body.readUInt32BE(12),
        reorderTicks: reorderTicksOf(trak),
        trex: trex.body,
        ...readEncryption(stsd, isSound ? AUDIO_SAMPLE_ENTRY_BYTES : VISUAL_SAMPLE_ENTRY_BYTES),
      } as const;
    });
}

/** @see ISO/IEC 14496-12 8.6.6: one edit, of version 0, as `init-section.ts` writes it */
function reorderTicksOf(trak: Buffer): number {
  return findBox(trak, 'edts') === null ? 0 : requireBox(trak, 'edts', 'elst').body.readUInt32BE(12);
}

/** Fixed fields between a sample entry's header and its child boxes. @see ISO/IEC 14496-12 12.1.3, 12.2.3 */
const VISUAL_SAMPLE_ENTRY_BYTES = 78;
const AUDIO_SAMPLE_ENTRY_BYTES = 28;
const BLOCK_BYTES = 16;

/** The reverse of `protectedStsd`. @see ISO/IEC 23001-7 8.2 (tenc) */
function readEncryption(stsd: Buffer, fixedBytes: number): Pick<StoredTrack, 'stsd' | 'cbcs'> {
  const { body } = sampleEntry(stsd);
  const children = childBoxes(body.subarray(fixedBytes));
  const sinf = children.find(({ type }) => type === 'sinf');
  if (sinf === undefined) return { stsd, cbcs: null };
  const clear = children.filter((child) => child !== sinf).map(({ bytes }) => bytes);
  const format = requireBox(sinf.body, 'frma').body.toString('latin1', 0, 4);
  const entry = box(format, body.subarray(0, fixedBytes), ...clear);
  const tenc = requireBox(sinf.body, 'schi', 'tenc').body;
  const pattern = tenc[5] ?? 0;
  const blocks = pattern === 0 ? 1 : (pattern >> 4) + (pattern & 0xf);
  const iv = tenc.subarray(25, 25 + (tenc[24] ?? 0));
  return { stsd: fullBox('stsd', 0, 0, u32(1), entry), cbcs: { iv, stepBytes: blocks * BLOCK_BYTES } };
}
