import { type CbcsKey, type Subsample, VIDEO_PATTERN } from './cbcs.ts';
import { sampleEntry } from './codecs.ts';
import { BoxError } from './read-boxes.ts';
import { ascii, box, fullBox, u16, u32, u8 } from './write-boxes.ts';

/** The boxes of Common Encryption (ISO/IEC 23001-7, ISO/IEC 14496-12 8.12): what of a track is encrypted, and how. */

const USES_SUBSAMPLES = 2;
const SCHEME_VERSION = u32(0x0001_0000);

/** `stsd` of an encrypted track: encv or enca, and in `sinf` what it was before. */
export function protectedStsd(stsd: Buffer, kind: 'video' | 'audio', key: CbcsKey): Buffer {
  const { type, body } = sampleEntry(stsd);
  const sinf = box(
    'sinf',
    box('frma', ascii(type)),
    fullBox('schm', 0, 0, ascii('cbcs'), SCHEME_VERSION),
    box('schi', tenc(kind, key)),
  );
  return fullBox('stsd', 0, 0, u32(1), box(kind === 'video' ? 'encv' : 'enca', body, sinf));
}

/** A constant IV for all samples. Without a pattern, as audio has it, every whole block is encrypted. */
function tenc(kind: 'video' | 'audio', { keyId, iv }: CbcsKey): Buffer {
  const pattern = kind === 'video' ? VIDEO_PATTERN.cryptBlocks * 16 + VIDEO_PATTERN.skipBlocks : 0;
  return fullBox('tenc', 1, 0, u8(0, pattern, 1, 0), keyId, u8(iv.length), iv);
}

/** @see W3C "cenc" Initialization Data Format 4 (Common SystemID) */
const COMMON_SYSTEM_ID = Buffer.from('1077efecc0b24d02ace33c1e52e2fb4b', 'hex');

/** Those of a key server's DRM systems; or, of a key of ours, the one that tells any key system which key the media needs. */
export function psshBoxes({ keyId, signalling }: CbcsKey): readonly Buffer[] {
  if (signalling !== null) return signalling.psshBoxes.map((base64) => Buffer.from(base64, 'base64'));
  return [fullBox('pssh', 1, 0, COMMON_SYSTEM_ID, u32(1), keyId, u32(0))];
}

/** `saiz` counts the bytes of an entry in 8 bits: 42 slices to a picture. */
const MAX_ENTRY_BYTES = 255;
/** Of `senc`, before its first entry. */
const SENC_HEADER_BYTES = 16;

/**
 * `saiz`, `saio` and `senc` of one traf: which bytes of each sample are protected. `offset` is where the boxes begin, from
 * the start of the moof. A track without subsamples has nothing to say but how many samples there are.
 */
export function auxiliaryBoxes(samples: readonly (readonly Subsample[] | null)[], offset: number): Buffer {
  if (samples.every((subsamples) => subsamples === null)) return fullBox('senc', 0, 0, u32(samples.length));
  const entries = samples.map((subsamples) => subsampleEntry(subsamples ?? []));
  if (entries.some((entry) => entry.length > MAX_ENTRY_BYTES)) throw new BoxError('a picture has too many slices');
  const saiz = fullBox('saiz', 0, 0, u8(0), u32(entries.length), u8(...entries.map((entry) => entry.length)));
  const saioBytes = 20;
  const saio = fullBox('saio', 0, 0, u32(1, offset + saiz.length + saioBytes + SENC_HEADER_BYTES));
  return Buffer.concat([saiz, saio, fullBox('senc', 0, USES_SUBSAMPLES, u32(entries.length), ...entries)]);
}

function subsampleEntry(subsamples: readonly Subsample[]): Buffer {
  const pairs = subsamples.map(({ clearBytes, protectedBytes }) =>
    Buffer.concat([u16(clearBytes), u32(protectedBytes)]),
  );
  return Buffer.concat([u16(subsamples.length), ...pairs]);
}
