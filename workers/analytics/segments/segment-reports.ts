import { DurableObject } from 'cloudflare:workers';
import { addHours, addReport, EMPTY_HOUR, type SegmentHour, type SegmentReport } from '#core/cmcd/segment-report.ts';

const HOUR_MS = 3_600_000;
/** As long as hours of rollups are kept. */
const KEPT_MS = 90 * 24 * HOUR_MS;

/** What players said with segment requests of one asset, by the hour in which it came. Nothing of it is of a viewer. */
export class SegmentReports extends DurableObject {
  async add(report: SegmentReport, nowMs: number): Promise<void> {
    const { storage } = this.ctx;
    const key = keyOf(nowMs);
    const before = storage.kv.get<SegmentHour>(key);
    storage.kv.put(key, addReport(before ?? EMPTY_HOUR, report));
    if (before === undefined && (await storage.getAlarm()) === null) await storage.setAlarm(forgottenAt(key));
  }

  /** Also where no player reports of the asset any more. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    for (const [old] of storage.kv.list({ end: keyOf(Date.now() - KEPT_MS) })) storage.kv.delete(old);
    for (const [oldest] of storage.kv.list({ limit: 1 })) await storage.setAlarm(forgottenAt(oldest));
  }

  read(fromMs: number, toMs: number): SegmentHour {
    let sum = EMPTY_HOUR;
    for (const [, hour] of this.ctx.storage.kv.list<SegmentHour>({ start: keyOf(fromMs), end: keyOf(toMs) }))
      sum = addHours(sum, hour);
    return sum;
  }
}

/** When all of an hour is older than it is kept. */
function forgottenAt(key: string): number {
  return (Number(key) + 1) * HOUR_MS + KEPT_MS;
}

/** In the order of time: whole hours since 1970, at one length. */
function keyOf(ms: number): string {
  return String(Math.max(0, Math.floor(ms / HOUR_MS))).padStart(8, '0');
}
