/** The rollups of an object: each row is read once, changed in place and written once in a fold. */
import { accumulate, emptyRollup, type Rollup, type RollupSum } from '#core/qoe/rollup.ts';
import { DIMENSIONS, type Dimension, type Segment } from '#core/qoe/view-record.ts';
import { ROLLUP_BYTES_IN_MEMORY } from '../limits.ts';
import {
  addStored,
  bytesOfRollup,
  bytesOfSegments,
  readSegments,
  type RollupBytes,
  type SegmentSums,
} from './segment-bytes.ts';

/** The id of an episode, or this: all of the series, with what its sessions add. */
export const SERIES_SCOPE = 'series';

export type Grain = 'hour' | 'day' | 'week';

export interface Place {
  readonly scope: string;
  readonly grain: Grain;
  readonly at: number;
}

interface Cached<Sums> {
  readonly place: Place;
  readonly sums: Sums;
  /** As it was read or written last: what it is decoded is some ten times as large. */
  sizeBytes: number;
  isChanged: boolean;
}

const AT = 'scope = ? AND grain = ? AND at = ?';

export class RollupRows {
  readonly #sql: SqlStorage;
  readonly #totals = new Map<string, Cached<RollupSum>>();
  readonly #segments = new Map<string, Cached<SegmentSums>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(place: Place, segments: readonly Segment[], part: Rollup, sign: 1 | -1): void {
    this.addTotal(place, part, sign);
    const cached = this.#segmentsAt(place);
    cached.isChanged = true;
    for (const { dimension, value } of segments)
      if (dimension !== 'all') addTo(cached.sums, dimension, value, part, sign);
  }

  addTotal(place: Place, part: Rollup, sign: 1 | -1): void {
    const cached = this.#totalAt(place);
    cached.isChanged = true;
    accumulate(cached.sums, part, sign);
  }

  /** Adds all that one row has to another one. */
  addRow(from: Place, to: Place): void {
    this.addTotal(to, this.#totalAt(from).sums, 1);
    const cached = this.#segmentsAt(to);
    cached.isChanged = true;
    for (const dimension of DIMENSIONS)
      for (const [value, sum] of this.#segmentsAt(from).sums[dimension] ?? [])
        addTo(cached.sums, dimension, value, sum, 1);
  }

  /** Every row that was changed; what is in memory stays there for the next fold, unless it is much. */
  write(): void {
    let sizeBytes = 0;
    for (const cached of this.#totals.values()) {
      if (cached.isChanged) this.#writeTotal(cached);
      sizeBytes += cached.sizeBytes;
    }
    for (const cached of this.#segments.values()) {
      if (cached.isChanged) this.#writeSegments(cached);
      sizeBytes += cached.sizeBytes;
    }
    if (sizeBytes > ROLLUP_BYTES_IN_MEMORY) this.forget();
  }

  /** After a transaction that failed, too: then what is in memory is not what is stored. */
  forget(): void {
    this.#totals.clear();
    this.#segments.clear();
  }

  #totalAt(place: Place): Cached<RollupSum> {
    const key = keyOf(place);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const [row] = this.#sql
      .exec<RollupRow>(`SELECT counts, sketches, curves FROM rollups WHERE ${AT}`, ...valuesOf(place))
      .toArray();
    const bytes = row === undefined ? null : bytesOfRow(row);
    const cached = {
      place,
      sums: bytes === null ? emptyRollup() : addStored(emptyRollup(), bytes),
      sizeBytes: bytes === null ? 0 : sizeOf(bytes),
      isChanged: false,
    };
    this.#totals.set(key, cached);
    return cached;
  }

  #segmentsAt(place: Place): Cached<SegmentSums> {
    const key = keyOf(place);
    const known = this.#segments.get(key);
    if (known !== undefined) return known;
    const sums: SegmentSums = {};
    let sizeBytes = 0;
    for (const { segments } of this.#sql.exec<{ segments: ArrayBuffer }>(
      `SELECT segments FROM segments WHERE ${AT}`,
      ...valuesOf(place),
    )) {
      sizeBytes += segments.byteLength;
      for (const { dimension, value, bytes } of readSegments(new Uint8Array(segments), null))
        (sums[dimension] ??= new Map()).set(value, addStored(emptyRollup(), bytes));
    }
    const cached = { place, sums, sizeBytes, isChanged: false };
    this.#segments.set(key, cached);
    return cached;
  }

  #writeTotal(cached: Cached<RollupSum>): void {
    cached.isChanged = false;
    const at = valuesOf(cached.place);
    if (isEmpty(cached.sums)) {
      this.#sql.exec(`DELETE FROM rollups WHERE ${AT}`, ...at);
      return;
    }
    const bytes = bytesOfRollup(cached.sums);
    const { counts, sketches, curves } = bytes;
    cached.sizeBytes = sizeOf(bytes);
    this.#sql.exec('INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?)', ...at, counts, sketches, curves);
  }

  #writeSegments(cached: Cached<SegmentSums>): void {
    cached.isChanged = false;
    const at = valuesOf(cached.place);
    const bytes = bytesOfSegments(cached.sums);
    cached.sizeBytes = bytes.length;
    if (bytes.length === 0) this.#sql.exec(`DELETE FROM segments WHERE ${AT}`, ...at);
    else this.#sql.exec('INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?)', ...at, bytes);
  }
}

function addTo(sums: SegmentSums, dimension: Dimension, value: string, part: Rollup, sign: 1 | -1): void {
  const values = (sums[dimension] ??= new Map());
  const sum = accumulate(values.get(value) ?? emptyRollup(), part, sign);
  // What is added may be a difference, with less than nothing of something.
  if (isEmpty(sum)) values.delete(value);
  else values.set(value, sum);
}

export type RollupRow = { readonly counts: ArrayBuffer; readonly sketches: ArrayBuffer; readonly curves: ArrayBuffer };

export function bytesOfRow({ counts, sketches, curves }: RollupRow): RollupBytes {
  return { counts: new Uint8Array(counts), sketches: new Uint8Array(sketches), curves: new Uint8Array(curves) };
}

function sizeOf({ counts, sketches, curves }: RollupBytes): number {
  return counts.length + sketches.length + curves.length;
}

function keyOf({ scope, grain, at }: Place): string {
  return `${scope} ${grain} ${at}`;
}

function valuesOf({ scope, grain, at }: Place): [string, string, number] {
  return [scope, grain, at];
}

function isEmpty({ counts, curves, sketches }: Rollup): boolean {
  return [counts, curves, sketches].every((members) => Object.keys(members).length === 0);
}
