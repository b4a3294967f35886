import { DurableObject } from 'cloudflare:workers';
import { addHours, addReport, EMPTY_HOUR, type SegmentHour, type SegmentReport } from '#core/cmcd/segment-report.ts';

const HOUR_MS = 3_600_000;
/** As long as hours of rollups are kept. */
const KEPT_MS = 90 * 24 * HOUR_MS;

/** What players said with segment requests of one asset, by the hour in which it came. Nothing of it is of a viewer. */
export class SegmentReports extends DurableObject {
  add(report: SegmentReport, nowMs: number): void {
    const { kv } = this.ctx.storage;
    const key = keyOf(nowMs);
    const before = kv.get<SegmentHour>(key);
    kv.put(key, addReport(before ?? EMPTY_HOUR, report));
    // Once an hour is soon enough to forget.
    if (before === undefined) for (const [old] of kv.list({ end: keyOf(nowMs - KEPT_MS) })) kv.delete(old);
  }

  read(fromMs: number, toMs: number): SegmentHour {
    let sum = EMPTY_HOUR;
    for (const [, hour] of this.ctx.storage.kv.list<SegmentHour>({ start: keyOf(fromMs), end: keyOf(toMs) }))
      sum = addHours(sum, hour);
    return sum;
  }
}

/** In the order of time: whole hours since 1970, at one length. */
function keyOf(ms: number): string {
  return String(Math.max(0, Math.floor(ms / HOUR_MS))).padStart(8, '0');
}
