/** All segments of an episode and hour in one row: ten that a view counts in are one row written, and not ten. */
import { ByteReader, ByteWriter } from '#core/qoe/byte-stream.ts';
import {
  readCounts,
  readCurves,
  readSketches,
  writeCounts,
  writeCurves,
  writeSketches,
} from '#core/qoe/rollup-bytes.ts';
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

export function* readSegments(
  bytes: Uint8Array,
  wanted: Dimension | null,
  parts: ReadonlySet<RollupPart>,
): Generator<{ dimension: Dimension; value: string; rollup: Rollup }> {
  const reader = new ByteReader(bytes);
  while (!reader.isAtEnd()) {
    const dimension = DIMENSIONS[reader.number()];
    const value = reader.text();
    const [counts, sketches, curves] = [reader.bytes(), reader.bytes(), reader.bytes()];
    if (dimension === undefined || (wanted !== null && dimension !== wanted)) continue;
    yield { dimension, value, rollup: rollupOf({ counts, sketches, curves }, parts) };
  }
}

export interface RollupBytes {
  readonly counts: Uint8Array;
  readonly sketches: Uint8Array;
  readonly curves: Uint8Array;
}

export function rollupOf({ counts, sketches, curves }: RollupBytes, parts: ReadonlySet<RollupPart>): Rollup {
  return {
    counts: parts.has('counts') ? readCounts(new ByteReader(counts)) : {},
    sketches: parts.has('sketches') ? readSketches(new ByteReader(sketches)) : {},
    curves: parts.has('curves') ? readCurves(new ByteReader(curves)) : {},
  };
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
