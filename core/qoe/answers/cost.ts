/** What delivery costs: bytes as players told them, requests as they follow from what was watched, dollars by the price list. */
import { ratio, type Metric } from '../metrics.ts';
import {
  BEACONS_PER_BATCH,
  BEACONS_PER_START,
  DOLLARS_PER_MILLION,
  LATER_SEGMENT_SECONDS,
  OPENING_BOUNDARIES_SECONDS,
  REQUESTS_PER_START,
} from './prices.ts';

/** Sums over any number of episodes. */
export interface DeliveryCounts {
  readonly views: number;
  readonly starts: number;
  readonly playedMs: number;
  readonly fetchedBytes: number;
  readonly unwatchedBytes: number;
  /** For episodes that were never viewed; null where it is not known, of more than one series. */
  readonly aheadBytes: number | null;
}

export type CostItem = keyof typeof DOLLARS_PER_MILLION;

export interface CostLine {
  readonly item: CostItem;
  readonly count: number;
  readonly dollarsPerMillion: number;
  readonly dollars: number;
}

export interface CostAnswer {
  readonly views: number;
  readonly starts: number;
  readonly bytes: {
    readonly fetched: number;
    readonly unwatched: number;
    readonly ahead: number | null;
  };
  readonly bytesPerStart: Metric;
  readonly preloadWaste: Metric;
  readonly lines: readonly CostLine[];
  readonly dollars: number;
  readonly dollarsPerThousandViews: Metric;
  /** Of it, what was fetched and not watched. */
  readonly wastedDollars: number;
}

export function costOf(counts: DeliveryCounts): CostAnswer {
  const { views, starts, playedMs, fetchedBytes, unwatchedBytes, aheadBytes } = counts;
  const ahead = aheadBytes ?? 0;
  const waste = ratio(unwatchedBytes + ahead, fetchedBytes + ahead);
  const watched = starts * segmentsOf(starts === 0 ? 0 : playedMs / 1_000 / starts);
  // Segments are alike enough: where a third of the bytes was for nothing, a third of the requests was.
  const segments = Math.round(watched / (1 - Math.min(waste ?? 0, MOST_WASTE)));
  const beacons = starts * BEACONS_PER_START;
  const lines = [
    line('workerRequests', Math.round(starts * REQUESTS_PER_START) + segments + beacons),
    // As if no cache held any.
    line('r2Reads', segments + starts),
    line('queueOperations', 3 * beacons),
    line('durableObjectRequests', Math.ceil(beacons / BEACONS_PER_BATCH)),
    line('durableObjectRowsWritten', beacons),
  ];
  const dollars = lines.reduce((sum, each) => sum + each.dollars, 0);
  const perSegment = (DOLLARS_PER_MILLION.workerRequests + DOLLARS_PER_MILLION.r2Reads) / 1e6;
  return {
    views,
    starts,
    bytes: { fetched: fetchedBytes, unwatched: unwatchedBytes, ahead: aheadBytes },
    bytesPerStart: ratio(fetchedBytes + ahead, starts),
    preloadWaste: waste,
    lines,
    dollars,
    dollarsPerThousandViews: ratio(dollars * 1_000, views),
    wastedDollars: (segments - watched) * perSegment,
  };
}

/** Beyond this the figure says more of a broken player than of preloading. */
const MOST_WASTE = 0.95;

/** Media Segments of one Rendition that are begun in so many seconds from the start. */
export function segmentsOf(watchedSeconds: number): number {
  const opening = OPENING_BOUNDARIES_SECONDS.filter((at) => at < watchedSeconds).length;
  const later = watchedSeconds - (OPENING_BOUNDARIES_SECONDS.at(-1) ?? 0) - LATER_SEGMENT_SECONDS;
  return opening + Math.max(0, Math.ceil(later / LATER_SEGMENT_SECONDS));
}

function line(item: CostItem, count: number): CostLine {
  const dollarsPerMillion = DOLLARS_PER_MILLION[item];
  return { item, count, dollarsPerMillion, dollars: (count * dollarsPerMillion) / 1e6 };
}
