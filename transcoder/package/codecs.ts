import { BoxError, childBoxes, findBox } from './read-boxes.ts';

const SAMPLE_ENTRY_OFFSET = 8;
/** Fixed fields between a sample entry's header and its child boxes (ISO/IEC 14496-12, 12.1.3 and 12.2.3). */
const VISUAL_SAMPLE_ENTRY_BYTES = 78;
const AUDIO_SAMPLE_ENTRY_BYTES = 28;

/** RFC 6381, from the decoder configuration itself and not from what was asked of the encoder. */
export function videoCodec(stsd: Buffer): string {
  const entry = sampleEntry(stsd);
  const av1C = findBox(entry.body.subarray(VISUAL_SAMPLE_ENTRY_BYTES), 'av1C');
  return av1C === null ? `${entry.type}.${avcConfiguration(stsd).toString('hex', 1, 4)}` : av1Codec(av1C.body);
}

/** The AVCDecoderConfigurationRecord: profile, level and parameter sets. */
export function avcConfiguration(stsd: Buffer): Buffer {
  const entry = sampleEntry(stsd);
  const avcC = findBox(entry.body.subarray(VISUAL_SAMPLE_ENTRY_BYTES), 'avcC');
  if (avcC === null) throw new BoxError(`${entry.type} has no avcC`);
  return avcC.body;
}

/** `av01.<profile>.<level><tier>.<bit depth>`. @see AV1 Codec ISO Media File Format Binding 2.3.3, 5 */
function av1Codec(av1C: Buffer): string {
  const [, profileAndLevel = 0, depths = 0] = av1C;
  const level = String(profileAndLevel & 0x1f).padStart(2, '0');
  const depth = (depths & 0x40) === 0 ? '08' : (depths & 0x20) === 0 ? '10' : '12';
  return `av01.${profileAndLevel >> 5}.${level}${(depths & 0x80) === 0 ? 'M' : 'H'}.${depth}`;
}

/** RFC 6381 for AAC, `mp4a.40.<audio object type>`. */
export function audioCodec(stsd: Buffer): string {
  const entry = sampleEntry(stsd);
  const esds = findBox(entry.body.subarray(AUDIO_SAMPLE_ENTRY_BYTES), 'esds');
  if (esds === null) throw new BoxError(`${entry.type} has no esds`);
  const config = decoderSpecificInfo(esds.body.subarray(4));
  const objectType = (config[0] ?? 0) >> 3;
  return `mp4a.40.${objectType}`;
}

/** The first entry of `stsd`: the track's format, and the boxes that describe it. */
export function sampleEntry(stsd: Buffer): { readonly type: string; readonly body: Buffer } {
  const [entry] = childBoxes(stsd.subarray(SAMPLE_ENTRY_OFFSET + 8));
  if (entry === undefined) throw new BoxError('stsd is empty');
  return entry;
}

const ES_DESCRIPTOR = 0x03;
const DECODER_CONFIG_DESCRIPTOR = 0x04;
const DECODER_SPECIFIC_INFO = 0x05;

/** Walks the descriptors of ISO/IEC 14496-1 7.2.6 down to the AudioSpecificConfig. */
function decoderSpecificInfo(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at];
    let length = 0;
    at += 1;
    for (let more = true; more && at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      length = length * 128 + (byte & 0x7f);
      more = (byte & 0x80) !== 0;
    }
    if (tag === DECODER_SPECIFIC_INFO) return bytes.subarray(at, at + length);
    if (tag === ES_DESCRIPTOR) at += 3;
    else if (tag === DECODER_CONFIG_DESCRIPTOR) at += 13;
    else at += length;
  }
  throw new BoxError('esds has no decoder configuration');
}
