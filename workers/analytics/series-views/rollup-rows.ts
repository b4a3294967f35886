/** The rollups of an object, while a fold changes them: each row is read once, changed in place and written once. */
import { accumulate, emptyRollup, type Rollup, type RollupSum } from '#core/qoe/rollup.ts';
import type { Dimension, Segment } from '#core/qoe/view-record.ts';

/** The id of an episode, or this: all of the series, with what its sessions add. */
export const SERIES_SCOPE = 'series';

export type Grain = 'hour' | 'day';
/** By dimension, then by value. */
export type SegmentRollups<Sum = Rollup> = { [dimension in Dimension]?: { [value: string]: Sum } };

interface Place {
  readonly scope: string;
  readonly grain: Grain;
  readonly at: number;
}

export class RollupRows {
  readonly #sql: SqlStorage;
  readonly #totals = new Map<string, { place: Place; sum: RollupSum }>();
  readonly #segments = new Map<string, { place: Place; sums: SegmentRollups<RollupSum> }>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  addTotal(place: Place, part: Rollup, sign: 1 | -1): void {
    accumulate(this.#total(place), part, sign);
  }

  addSegments(place: Place, segments: readonly Segment[], part: Rollup, sign: 1 | -1): void {
    const sums = this.#segmentsAt(place);
    for (const { dimension, value } of segments) {
      if (dimension === 'all') continue;
      const values = (sums[dimension] ??= {});
      const sum = accumulate((values[value] ??= emptySum()), part, sign);
      if (sign < 0 && isEmpty(sum)) delete values[value];
    }
  }

  /** The episodes and hours that were changed. */
  write(): Place[] {
    for (const { place, sum } of this.#totals.values()) {
      if (isEmpty(sum)) this.#delete('rollups', place);
      else this.#writeTotal(place, sum);
    }
    for (const { place, sums } of this.#segments.values()) {
      if (Object.values(sums).every((values) => Object.keys(values).length === 0)) this.#delete('segments', place);
      else this.#writeSegments(place, sums);
    }
    return [...this.#totals.values()].map(({ place }) => place);
  }

  #total(place: Place): RollupSum {
    const key = keyOf(place);
    const known = this.#totals.get(key);
    if (known !== undefined) return known.sum;
    const [row] = this.#sql
      .exec<{ counts: string; sketches: string; curves: string }>(
        'SELECT counts, sketches, curves FROM rollups WHERE scope = ? AND grain = ? AND at = ?',
        ...valuesOf(place),
      )
      .toArray();
    const sum =
      row === undefined
        ? emptySum()
        : ({
            counts: JSON.parse(row.counts),
            sketches: JSON.parse(row.sketches),
            curves: JSON.parse(row.curves),
          } as RollupSum);
    this.#totals.set(key, { place, sum });
    return sum;
  }

  #segmentsAt(place: Place): SegmentRollups<RollupSum> {
    const key = keyOf(place);
    const known = this.#segments.get(key);
    if (known !== undefined) return known.sums;
    const [row] = this.#sql
      .exec<{ rollups: string }>(
        'SELECT rollups FROM segments WHERE scope = ? AND grain = ? AND at = ?',
        ...valuesOf(place),
      )
      .toArray();
    const sums = (row === undefined ? {} : JSON.parse(row.rollups)) as SegmentRollups<RollupSum>;
    this.#segments.set(key, { place, sums });
    return sums;
  }

  #writeTotal(place: Place, { counts, sketches, curves }: RollupSum): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO rollups (scope, grain, at, counts, sketches, curves) VALUES (?, ?, ?, ?, ?, ?)',
      ...valuesOf(place),
      JSON.stringify(counts),
      JSON.stringify(sketches),
      JSON.stringify(curves),
    );
  }

  #writeSegments(place: Place, sums: SegmentRollups<RollupSum>): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO segments (scope, grain, at, rollups) VALUES (?, ?, ?, ?)',
      ...valuesOf(place),
      JSON.stringify(sums),
    );
  }

  #delete(table: 'rollups' | 'segments', place: Place): void {
    this.#sql.exec(`DELETE FROM ${table} WHERE scope = ? AND grain = ? AND at = ?`, ...valuesOf(place));
  }
}

function keyOf({ scope, grain, at }: Place): string {
  return `${scope} ${grain} ${at}`;
}

function valuesOf({ scope, grain, at }: Place): [string, string, number] {
  return [scope, grain, at];
}

export function emptySum(): RollupSum {
  return emptyRollup() as RollupSum;
}

export function isEmpty({ counts, curves, sketches }: Rollup): boolean {
  return [counts, curves, sketches].every((members) => Object.keys(members).length === 0);
}
