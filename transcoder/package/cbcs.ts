import { type Cipher, createCipheriv, createDecipheriv, type Decipher } from 'node:crypto';
import type { KeySignalling } from '#core/ingest/transcoder-protocol.ts';
import { avcConfiguration } from './codecs.ts';
import { type DecoderConfiguration, readDecoderConfiguration } from './parameter-sets.ts';
import { BoxError } from './read-boxes.ts';
import { sliceHeaderBytes } from './slice-header.ts';

/** What samples are encrypted with: one key and one IV for a whole version, as `cbcs` has it. */
export interface CbcsKey {
  readonly scheme: 'cbcs';
  readonly key: Buffer;
  readonly keyId: Buffer;
  readonly iv: Buffer;
  /** What the key server wants players to be told; null: the key is ours, and the edge names it. */
  readonly signalling: KeySignalling | null;
}

/** A part of a sample: so many bytes in the clear, then so many that are protected. @see ISO/IEC 23001-7 9.5 */
export interface Subsample {
  readonly clearBytes: number;
  readonly protectedBytes: number;
}

/** Encrypts a sample where it lies. The subsamples are null where the sample is protected from its first byte on. */
export type EncryptSample = (sample: Buffer) => readonly Subsample[] | null;

const BLOCK_BYTES = 16;
/** Of ten blocks one is encrypted. @see ISO/IEC 23001-7 10.4 (cbcs) */
export const VIDEO_PATTERN: { readonly cryptBlocks: number; readonly skipBlocks: number } = {
  cryptBlocks: 1,
  skipBlocks: 9,
};
const PATTERN_BYTES = (VIDEO_PATTERN.cryptBlocks + VIDEO_PATTERN.skipBlocks) * BLOCK_BYTES;

/** NAL unit types 1 to 5 hold slices; all others (parameters, SEI, delimiters) stay in the clear. */
const LAST_SLICE_TYPE = 5;
/** BytesOfClearData has 16 bits. */
const MAX_CLEAR_BYTES = 0xffff;

/** Slice data by the pattern, from the end of each slice's header on; the IV begins anew with each subsample. */
export function videoEncryption(stsd: Buffer, key: CbcsKey): EncryptSample {
  const configuration = readDecoderConfiguration(avcConfiguration(stsd));
  return (sample) => {
    const subsamples = planSubsamples(sample, configuration);
    let at = 0;
    for (const { clearBytes, protectedBytes } of subsamples) {
      at += clearBytes;
      encryptBlocks(sample.subarray(at, at + protectedBytes), PATTERN_BYTES, key);
      at += protectedBytes;
    }
    return subsamples;
  };
}

/** Every whole block of an audio sample; what is left of the last one stays in the clear. @see ISO/IEC 23001-7 9.7, 10.4 */
export function audioEncryption(key: CbcsKey): EncryptSample {
  return (sample) => {
    encryptBlocks(sample, BLOCK_BYTES, key);
    return null;
  };
}

export function planSubsamples(sample: Buffer, configuration: DecoderConfiguration): readonly Subsample[] {
  const subsamples: Subsample[] = [];
  let clearBytes = 0;
  const put = (protectedBytes: number): void => {
    for (; clearBytes > MAX_CLEAR_BYTES; clearBytes -= MAX_CLEAR_BYTES) {
      subsamples.push({ clearBytes: MAX_CLEAR_BYTES, protectedBytes: 0 });
    }
    subsamples.push({ clearBytes, protectedBytes });
    clearBytes = 0;
  };
  for (let at = 0; at < sample.length;) {
    const start = at + configuration.lengthBytes;
    const end = start + sample.readUIntBE(at, configuration.lengthBytes);
    if (end > sample.length || end === start) throw new BoxError('a sample is not made of whole NAL units');
    const unit = sample.subarray(start, end);
    const type = (unit[0] ?? 0) & 0x1f;
    const header = type >= 1 && type <= LAST_SLICE_TYPE ? sliceHeaderBytes(unit, configuration) : unit.length;
    clearBytes += configuration.lengthBytes;
    if (unit.length - header < BLOCK_BYTES) clearBytes += unit.length;
    else {
      clearBytes += header;
      put(unit.length - header);
    }
    at = end;
  }
  if (clearBytes > 0) put(0);
  return subsamples;
}

/** What `videoEncryption` and `audioEncryption` did, undone where it lies; `stepBytes` is the pattern that the track names. */
export function decryptSample(
  sample: Buffer,
  subsamples: readonly Subsample[] | null,
  stepBytes: number,
  { key, iv }: Pick<CbcsKey, 'key' | 'iv'>,
): void {
  let at = 0;
  for (const { clearBytes, protectedBytes } of subsamples ?? [{ clearBytes: 0, protectedBytes: sample.length }]) {
    at += clearBytes;
    const cipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
    cipherBlocks(sample.subarray(at, at + protectedBytes), stepBytes, cipher);
    at += protectedBytes;
  }
}

function encryptBlocks(bytes: Buffer, stepBytes: number, { key, iv }: CbcsKey): void {
  cipherBlocks(bytes, stepBytes, createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false));
}

/** One CBC chain over the first block of every `stepBytes`; a partial block is never touched. */
function cipherBlocks(bytes: Buffer, stepBytes: number, cipher: Cipher | Decipher): void {
  const starts: number[] = [];
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; at += stepBytes) starts.push(at);
  if (starts.length === 0) return;
  const blocks = Buffer.concat(starts.map((at) => bytes.subarray(at, at + BLOCK_BYTES)));
  const turned = Buffer.concat([cipher.update(blocks), cipher.final()]);
  starts.forEach((at, n) => turned.copy(bytes, at, n * BLOCK_BYTES, (n + 1) * BLOCK_BYTES));
}
