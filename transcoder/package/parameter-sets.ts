import { BitReader } from './bit-reader.ts';
import { BoxError } from './read-boxes.ts';

/** What a slice header's length depends on. @see ITU-T H.264 7.3.2.1.1 (SPS), 7.3.2.2 (PPS) */
export interface SequenceParameters {
  readonly id: number;
  readonly separateColourPlanes: boolean;
  readonly isMonochrome: boolean;
  readonly frameNumberBits: number;
  readonly orderCountType: number;
  readonly orderCountBits: number;
  readonly deltaAlwaysZero: boolean;
  readonly framesOnly: boolean;
}

export interface PictureParameters {
  readonly id: number;
  readonly sequence: SequenceParameters;
  readonly isCabac: boolean;
  readonly orderCountInFrames: boolean;
  readonly refCounts: readonly [number, number];
  readonly weightedPrediction: boolean;
  readonly weightedBiprediction: number;
  readonly deblockingControl: boolean;
  readonly redundantPictures: boolean;
}

export interface DecoderConfiguration {
  /** Bytes of the length before each NAL unit. */
  readonly lengthBytes: number;
  readonly pictures: ReadonlyMap<number, PictureParameters>;
}

/** @see ISO/IEC 14496-15 5.3.3.1.2 (AVCDecoderConfigurationRecord) */
export function readDecoderConfiguration(avcC: Buffer): DecoderConfiguration {
  const sequences = new Map<number, SequenceParameters>();
  const pictures = new Map<number, PictureParameters>();
  let at = 6;
  const nextUnit = (): Buffer => {
    const length = avcC.readUInt16BE(at);
    at += 2 + length;
    return avcC.subarray(at - length, at);
  };
  for (let left = (avcC[5] ?? 0) & 0x1f; left > 0; left--) {
    const sequence = readSequence(nextUnit());
    sequences.set(sequence.id, sequence);
  }
  const count = avcC[at++] ?? 0;
  for (let left = count; left > 0; left--) {
    const picture = readPicture(nextUnit(), sequences);
    pictures.set(picture.id, picture);
  }
  return { lengthBytes: ((avcC[4] ?? 0) & 3) + 1, pictures };
}

/** Profiles that say how colour is stored. @see ITU-T H.264 7.3.2.1.1 */
const PROFILES_WITH_CHROMA_FORMAT: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);

function readSequence(unit: Buffer): SequenceParameters {
  const bits = new BitReader(unit, 1);
  const profile = bits.u(8);
  bits.u(16);
  const id = bits.ue();
  let chromaFormat = 1;
  let separateColourPlanes = false;
  if (PROFILES_WITH_CHROMA_FORMAT.has(profile)) {
    chromaFormat = bits.ue();
    if (chromaFormat === 3) separateColourPlanes = bits.flag();
    bits.ue();
    bits.ue();
    bits.u(1);
    if (bits.flag()) throw new BoxError('scaling matrices are not read');
  }
  const frameNumberBits = bits.ue() + 4;
  const orderCountType = bits.ue();
  let orderCountBits = 0;
  let deltaAlwaysZero = false;
  if (orderCountType === 0) orderCountBits = bits.ue() + 4;
  else if (orderCountType === 1) {
    deltaAlwaysZero = bits.flag();
    bits.se();
    bits.se();
    for (let left = bits.ue(); left > 0; left--) bits.se();
  }
  bits.ue();
  bits.u(1);
  bits.ue();
  bits.ue();
  const framesOnly = bits.flag();
  const isMonochrome = chromaFormat === 0 || separateColourPlanes;
  const order = { orderCountType, orderCountBits, deltaAlwaysZero };
  return { id, separateColourPlanes, isMonochrome, frameNumberBits, ...order, framesOnly };
}

function readPicture(unit: Buffer, sequences: ReadonlyMap<number, SequenceParameters>): PictureParameters {
  const bits = new BitReader(unit, 1);
  const id = bits.ue();
  const sequence = sequences.get(bits.ue());
  if (sequence === undefined) throw new BoxError(`picture parameters ${id} name no sequence`);
  const isCabac = bits.flag();
  const orderCountInFrames = bits.flag();
  if (bits.ue() !== 0) throw new BoxError('slice groups are not read');
  const refCounts = [bits.ue() + 1, bits.ue() + 1] as const;
  const weightedPrediction = bits.flag();
  const weightedBiprediction = bits.u(2);
  bits.se();
  bits.se();
  bits.se();
  const deblockingControl = bits.flag();
  bits.u(1);
  const redundantPictures = bits.flag();
  const weighted = { weightedPrediction, weightedBiprediction };
  return { id, sequence, isCabac, orderCountInFrames, refCounts, ...weighted, deblockingControl, redundantPictures };
}
