import { BitReader } from './bit-reader.ts';
import type { DecoderConfiguration, PictureParameters } from './parameter-sets.ts';
import { BoxError } from './read-boxes.ts';

const IDR_SLICE = 5;
/** slice_type modulo 5. @see ITU-T H.264 table 7-6 */
const [P, B, I, SP, SI] = [0, 1, 2, 3, 4];

/**
 * Bytes of a slice's NAL unit up to the end of its header, the NAL header included. Common Encryption leaves these in the
 * clear, because decoders read them before the data is decrypted.
 *
 * @see ITU-T H.264 7.3.3 (slice_header), ISO/IEC 23001-7 9.5.2.2
 */
export function sliceHeaderBytes(unit: Buffer, { pictures }: DecoderConfiguration): number {
  const unitHeader = unit[0] ?? 0;
  const isIdr = (unitHeader & 0x1f) === IDR_SLICE;
  const bits = new BitReader(unit, 1);
  bits.ue();
  const sliceType = bits.ue() % 5;
  const picture = pictures.get(bits.ue());
  if (picture === undefined) throw new BoxError('a slice names no picture parameters');
  const { sequence } = picture;
  if (sequence.separateColourPlanes) bits.u(2);
  bits.u(sequence.frameNumberBits);
  const isField = !sequence.framesOnly && bits.flag();
  if (isField) bits.u(1);
  if (isIdr) bits.ue();
  skipOrderCount(bits, picture, isField);
  if (picture.redundantPictures) bits.ue();
  if (sliceType === B) bits.u(1);
  const refCounts = readRefCounts(bits, picture, sliceType);
  for (let list = 0; list < listsOf(sliceType); list++) skipListModification(bits);
  const hasWeights = picture.weightedPrediction && (sliceType === P || sliceType === SP);
  if (hasWeights || (picture.weightedBiprediction === 1 && sliceType === B)) {
    skipWeights(bits, sequence.isMonochrome, refCounts.slice(0, listsOf(sliceType)));
  }
  if ((unitHeader & 0x60) !== 0) skipMarking(bits, isIdr);
  if (picture.isCabac && sliceType !== I && sliceType !== SI) bits.ue();
  bits.se();
  if (sliceType === SP) bits.u(1);
  if (sliceType === SP || sliceType === SI) bits.se();
  if (picture.deblockingControl && bits.ue() !== 1) {
    bits.se();
    bits.se();
  }
  return bits.bytesRead;
}

/** How many lists of reference pictures a slice has. */
function listsOf(sliceType: number): number {
  if (sliceType === I || sliceType === SI) return 0;
  return sliceType === B ? 2 : 1;
}

function skipOrderCount(bits: BitReader, { sequence, orderCountInFrames }: PictureParameters, isField: boolean): void {
  const hasBottom = orderCountInFrames && !isField;
  if (sequence.orderCountType === 0) {
    bits.u(sequence.orderCountBits);
    if (hasBottom) bits.se();
  } else if (sequence.orderCountType === 1 && !sequence.deltaAlwaysZero) {
    bits.se();
    if (hasBottom) bits.se();
  }
}

function readRefCounts(bits: BitReader, picture: PictureParameters, sliceType: number): readonly number[] {
  const lists = listsOf(sliceType);
  if (lists === 0 || !bits.flag()) return picture.refCounts;
  const first = bits.ue() + 1;
  return lists === 2 ? [first, bits.ue() + 1] : [first];
}

/** @see ITU-T H.264 7.3.3.1 (ref_pic_list_modification) */
function skipListModification(bits: BitReader): void {
  if (!bits.flag()) return;
  while (bits.ue() !== 3) bits.ue();
}

/** @see ITU-T H.264 7.3.3.2 (pred_weight_table) */
function skipWeights(bits: BitReader, isMonochrome: boolean, refCounts: readonly number[]): void {
  bits.ue();
  if (!isMonochrome) bits.ue();
  const skip = (values: number): void => {
    if (bits.flag()) for (let left = values; left > 0; left--) bits.se();
  };
  for (const count of refCounts) {
    for (let left = count; left > 0; left--) {
      skip(2);
      if (!isMonochrome) skip(4);
    }
  }
}

/** @see ITU-T H.264 7.3.3.3 (dec_ref_pic_marking) */
function skipMarking(bits: BitReader, isIdr: boolean): void {
  if (isIdr) {
    bits.u(2);
    return;
  }
  if (!bits.flag()) return;
  for (let operation = bits.ue(); operation !== 0; operation = bits.ue()) {
    if (operation !== 5) bits.ue();
    if (operation === 3) bits.ue();
  }
}
