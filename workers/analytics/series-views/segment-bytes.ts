/** All segments of an episode and hour in one row: ten that a view counts in are one row written, and not ten. */
import { ByteReader, ByteWriter } from '#core/qoe/byte-stream.ts';
import { addCounts, addCurves, addSketches, writeCounts, writeCurves, writeSketches } from '#core/qoe/rollup-bytes.ts';
import type { RollupPart } from '#core/qoe/rollup-query.ts';
import type { Rollup, RollupSum } from '#core/qoe/rollup.ts';
import { DIMENSIONS, type Dimension } from '#core/qoe/view-record.ts';

/** By dimension, then by value: a map, since values are what players tell. */
export type SegmentSums = { [dimension in Dimension]?: Map<string, RollupSum> };

/** Writers are of one call: what one that threw has left would go before the next row's bytes, and into another object's. */
export function bytesOfSegments(sums: SegmentSums): Uint8Array {
  const part = new ByteWriter();
  const whole = new ByteWriter();
  for (const [place, dimension] of DIMENSIONS.entries()) {
    for (const [value, { counts, sketches, curves }] of sums[dimension] ?? []) {
      whole.number(place);
      whole.text(value);
      // Each with its length, so that a reader can pass over what it does not need.
      writeCounts(part, counts);
      whole.bytes(part.take());
      writeSketches(part, sketches);
      whole.bytes(part.take());
      writeCurves(part, curves);
      whole.bytes(part.take());
    }
  }
  return whole.take();
}

export interface StoredSegment {
  readonly dimension: Dimension;
  readonly value: string;
  readonly bytes: RollupBytes;
}

export function* readSegments(bytes: Uint8Array, wanted: Dimension | null): Generator<StoredSegment> {
  const reader = new ByteReader(bytes);
  while (!reader.isAtEnd()) {
    const dimension = DIMENSIONS[reader.number()];
    const value = reader.text();
    const [counts, sketches, curves] = [reader.bytes(), reader.bytes(), reader.bytes()];
    if (dimension === undefined || (wanted !== null && dimension !== wanted)) continue;
    yield { dimension, value, bytes: { counts, sketches, curves } };
  }
}

export interface RollupBytes {
  readonly counts: Uint8Array;
  readonly sketches: Uint8Array;
  readonly curves: Uint8Array;
}

export const ALL_PARTS: ReadonlySet<RollupPart> = new Set<RollupPart>(['counts', 'sketches', 'curves']);

/** Adds what is stored to a sum: only the parts that are asked for are read. */
export function addStored(
  sum: RollupSum,
  { counts, sketches, curves }: RollupBytes,
  parts: ReadonlySet<RollupPart> = ALL_PARTS,
): RollupSum {
  if (parts.has('counts')) addCounts(new ByteReader(counts), sum.counts);
  if (parts.has('sketches')) addSketches(new ByteReader(sketches), sum.sketches);
  if (parts.has('curves')) addCurves(new ByteReader(curves), sum.curves);
  return sum;
}

export function bytesOfRollup({ counts, sketches, curves }: Rollup): RollupBytes {
  const part = new ByteWriter();
  writeCounts(part, counts);
  const countBytes = part.take();
  writeSketches(part, sketches);
  const sketchBytes = part.take();
  writeCurves(part, curves);
  return { counts: countBytes, sketches: sketchBytes, curves: part.take() };
}
