/**
 * Rollups as they are stored: a few bytes where JSON has kilobytes, since each fold writes them and a quarter of a series is
 * tens of thousands of them to read. Counts, sketches and curves apart, so that who needs one reads no other.
 *
 * All numbers are unsigned LEB128. A curve is stretches: `length × 2 + 1` and a value that repeats, or `length × 2` and the
 * values. Names stand by their place in the lists of rollup-places.ts.
 */
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { COUNT_PLACES, CURVE_PLACES, SKETCH_PLACES } from './rollup-places.ts';
import type { Rollup, RollupSum } from './rollup.ts';
import { newSketch } from './sketch.ts';

export function writeCounts(writer: ByteWriter, counts: Rollup['counts']): void {
  for (const [place, name] of COUNT_PLACES.entries()) {
    const count = counts[name];
    if (count === undefined) continue;
    writer.number(place + 1);
    writer.number(count);
  }
  writer.number(0);
}

/** Onto a sum, here and below: who reads a quarter has no use for what each day of it was. */
export function addCounts(reader: ByteReader, sum: RollupSum['counts']): void {
  for (let place = reader.number(); place > 0; place = reader.number()) {
    const name = COUNT_PLACES[place - 1];
    const count = reader.number();
    if (name !== undefined) sum[name] = (sum[name] ?? 0) + count;
  }
}

export function writeSketches(writer: ByteWriter, sketches: Rollup['sketches']): void {
  for (const [place, name] of SKETCH_PLACES.entries()) {
    const sketch = sketches[name];
    if (sketch === undefined) continue;
    // Keys that are whole numbers come in ascending order: ECMA-262 10.1.11.
    const buckets = Object.entries(sketch.buckets);
    writer.number(place + 1);
    writer.number(sketch.zeros);
    writer.number(buckets.length);
    let before = 0;
    for (const [index, count] of buckets) {
      writer.number(Number(index) - before);
      writer.number(count);
      before = Number(index);
    }
  }
  writer.number(0);
}

export function addSketches(reader: ByteReader, sum: RollupSum['sketches']): void {
  for (let place = reader.number(); place > 0; place = reader.number()) {
    const name = SKETCH_PLACES[place - 1];
    const sketch = name === undefined ? newSketch() : (sum[name] ??= newSketch());
    sketch.zeros += reader.number();
    let index = 0;
    for (let left = reader.number(); left > 0; left--) {
      index += reader.number();
      sketch.buckets[index] = (sketch.buckets[index] ?? 0) + reader.number();
    }
  }
}

export function writeCurves(writer: ByteWriter, curves: Rollup['curves']): void {
  for (const [place, name] of CURVE_PLACES.entries()) {
    const curve = curves[name];
    if (curve === undefined) continue;
    writer.number(place + 1);
    writer.number(curve.length);
    writeStretches(writer, curve);
  }
  writer.number(0);
}

export function addCurves(reader: ByteReader, sum: RollupSum['curves']): void {
  for (let place = reader.number(); place > 0; place = reader.number()) {
    const name = CURVE_PLACES[place - 1];
    const curve = name === undefined ? [] : (sum[name] ??= []);
    const length = reader.number();
    for (let at = 0; at < length;) {
      const head = reader.number();
      const isRun = head % 2 === 1;
      const value = isRun ? reader.number() : 0;
      for (let left = Math.floor(head / 2); left > 0; left--, at++)
        curve[at] = (curve[at] ?? 0) + (isRun ? value : reader.number());
    }
  }
}

/** From here on a run is shorter than its values. */
const SHORTEST_RUN = 3;

function writeStretches(writer: ByteWriter, curve: readonly number[]): void {
  let from = 0;
  let at = 0;
  const writeValues = (): void => {
    if (from === at) return;
    writer.number((at - from) * 2);
    for (; from < at; from++) writer.number(curve[from] ?? 0);
  };
  while (at < curve.length) {
    let end = at + 1;
    while (end < curve.length && curve[end] === curve[at]) end++;
    if (end - at >= SHORTEST_RUN) {
      writeValues();
      writer.number((end - at) * 2 + 1);
      writer.number(curve[at] ?? 0);
      from = end;
    }
    at = end;
  }
  writeValues();
}
