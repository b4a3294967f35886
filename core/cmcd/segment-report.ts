/** What players said of themselves with their segment requests: stalls and throughput where no player of ours tells. */
import { accumulateSketch, EMPTY_SKETCH, sketchOf, type Sketch } from '../qoe/sketch.ts';

/** Of one asset, since the last report of an isolate. Built where requests are served, so it holds little. */
export interface SegmentReport {
  readonly assetId: string;
  /** That said anything. */
  readonly requests: number;
  /** That said that the buffer had run dry since the one before. [bs] */
  readonly starved: number;
  /** [mtp] */
  readonly throughputKbps: readonly number[];
}

/** The same of an hour. */
export interface SegmentHour {
  readonly requests: number;
  readonly starved: number;
  readonly throughputKbps: Sketch;
}

export const EMPTY_HOUR: SegmentHour = { requests: 0, starved: 0, throughputKbps: EMPTY_SKETCH };

export function addReport(hour: SegmentHour, report: SegmentReport): SegmentHour {
  const throughputs = report.throughputKbps.map(sketchOf);
  return sum(hour, report, throughputs);
}

export function addHours(a: SegmentHour, b: SegmentHour): SegmentHour {
  return sum(a, b, [b.throughputKbps]);
}

function sum(
  hour: SegmentHour,
  more: Pick<SegmentHour, 'requests' | 'starved'>,
  sketches: readonly Sketch[],
): SegmentHour {
  const throughputKbps = { zeros: hour.throughputKbps.zeros, buckets: { ...hour.throughputKbps.buckets } };
  for (const sketch of sketches) accumulateSketch(throughputKbps, sketch, 1);
  return { requests: hour.requests + more.requests, starved: hour.starved + more.starved, throughputKbps };
}
